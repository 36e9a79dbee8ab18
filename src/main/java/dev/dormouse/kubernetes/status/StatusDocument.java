package dev.dormouse.kubernetes.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.ServiceStatus.Wake;
import dev.dormouse.core.Text;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The whole {@code status} of a resource, between its JSON and the core's {@link ServiceStatus}. A
 * field that cannot be read counts as absent.
 *
 * @param epoch 0 if it has none
 * @param endpoints where clients are, or go: at most one of them is not draining
 * @param quietSince opaque: only that it changes has a meaning
 * @param stakes by {@link ActivatorId#key}; empty, unlike an empty map, means that nobody knows
 *     what stakes there are
 * @param held the routes with a host that the service has
 * @param conditions by their type
 * @param observedGeneration the generation of the spec that it was made from, 0 if it has none
 */
public record StatusDocument(
    Phase phase,
    long epoch,
    List<Published> endpoints,
    int connections,
    int waiting,
    Optional<String> quietSince,
    Optional<Instant> nextStopTime,
    Optional<Wake> lastWake,
    Optional<Failure> failure,
    Optional<String> region,
    Optional<Map<String, Stake>> stakes,
    List<HeldRoute> held,
    List<StatusCondition> conditions,
    long observedGeneration) {

  /** {@code status.conditions[].type} of the core's {@link ServiceStatus#ready}. */
  public static final String READY = "Ready";

  /** {@code status.conditions[].type} of the core's {@link ServiceStatus#active}. */
  public static final String ACTIVE = "Active";

  private static final StatusDocument BLANK = StatusReader.read(StatusReader.EMPTY);

  /**
   * An address that may be dialled.
   *
   * @param podUid of the pod that it belongs to
   * @param epoch in which it may be
   * @param draining nobody is to dial it any more, and whoever is connected is to leave: its pod is
   *     being deleted
   */
  public record Published(String address, int port, String podUid, long epoch, boolean draining) {
    /** As the core has it. */
    public Endpoint endpoint() {
      return new Endpoint(address, port);
    }
  }

  /** One condition. The reason may be one that the core does not know. */
  public record StatusCondition(
      String type,
      String status,
      String reason,
      String message,
      Instant lastTransitionTime,
      long observedGeneration) {}

  /**
   * What a status is made of besides the core's part.
   *
   * @param podUid of the pod that the core's endpoint belongs to
   * @param leaving the uids of pods that are being deleted while others are wanted
   */
  public record Maker(
      Instant now,
      long generation,
      Optional<String> region,
      Optional<String> podUid,
      Set<String> leaving) {}

  /** Empty if the node is no status at all. */
  public static Optional<StatusDocument> read(JsonNode status) {
    return status.isObject() && !status.isEmpty()
        ? Optional.of(StatusReader.read(status))
        : Optional.empty();
  }

  /** The routes that a status says the service has. */
  public static List<HeldRoute> held(JsonNode status) {
    return StatusReader.held(status.path("claims"));
  }

  /** A status that only says that nothing is known. */
  public static StatusDocument blank() {
    return BLANK;
  }

  /** As it stands in the resource. Absent fields are left out. */
  public ObjectNode toJson() {
    return StatusWriter.write(this);
  }

  /** True if activators may stake. */
  public boolean isInitialised() {
    return epoch > 0 && stakes.isPresent();
  }

  /** How many live tunnels the stakes tell of. */
  public int staked() {
    return stakes.orElseGet(Map::of).values().stream().mapToInt(Stake::connections).sum();
  }

  /** Why a stake says that this pod is of no use, if none tells of a connection. */
  public Optional<FailureReason> complaint(String pod) {
    return stakes.orElseGet(Map::of).values().stream()
        .flatMap(it -> it.complaint().stream())
        .filter(it -> staked() == 0 && it.pod().equals(pod))
        .map(Stake.Complaint::reason)
        .min(Comparator.naturalOrder());
  }

  /** Where the workload may be dialled now. */
  public Optional<Published> endpoint() {
    return endpoints.stream().filter(it -> !it.draining()).findFirst();
  }

  /** What the core knows of it. */
  public ServiceStatus toCore() {
    return new ServiceStatus(
        phase,
        coreCondition(READY),
        coreCondition(ACTIVE),
        Math.max(epoch, 1),
        endpoint().map(Published::endpoint),
        connections,
        waiting,
        quietSince.flatMap(StatusReader::instant),
        nextStopTime,
        lastWake,
        failure);
  }

  /**
   * This document with the core's part replaced. Times are cut to milliseconds; conditions keep
   * their transition time as long as their status stays; {@code quietSince} stays as it is without
   * demand, and the failure until the workload has been ready or the failure is forgotten.
   */
  public StatusDocument with(ServiceStatus next, Maker maker) {
    boolean demanded = next.connections() + next.waiting() > 0;
    return new StatusDocument(
        next.phase(),
        next.epoch(),
        endpoints(next, maker),
        next.connections(),
        next.waiting(),
        demanded ? Optional.empty() : quietSince,
        next.nextStopTime().map(StatusReader::millis),
        next.lastWake().map(StatusReader::millis),
        next.failure().map(StatusReader::millis).or(() -> keepsFailure(next) ? failure : none()),
        maker.region(),
        stakes,
        held,
        conditions(next, maker),
        maker.generation());
  }

  /** The same with these stakes and this beginning of quiet. */
  public StatusDocument withStakes(Map<String, Stake> newStakes, String newQuietSince) {
    return copy(Optional.of(newQuietSince), Optional.of(newStakes), held, conditions);
  }

  /** The same with these routes as those that the service has. */
  public StatusDocument withHeld(List<HeldRoute> newHeld) {
    return copy(quietSince, stakes, List.copyOf(newHeld), conditions);
  }

  /** Where clients still are while their pod is being deleted, and where they go. */
  private List<Published> endpoints(ServiceStatus next, Maker maker) {
    boolean goesOn = next.phase() == Phase.WAKING || next.phase() == Phase.ACTIVE;
    Stream<Published> left =
        endpoints.stream()
            .filter(it -> goesOn && it.epoch() == next.epoch())
            .filter(it -> maker.leaving().contains(it.podUid()))
            .map(it -> new Published(it.address(), it.port(), it.podUid(), it.epoch(), true));
    Stream<Published> present =
        next.endpoint().stream()
            .map(
                to ->
                    new Published(
                        to.host(), to.port(), maker.podUid().orElse(""), next.epoch(), false));
    return Stream.concat(present, left).toList();
  }

  /** The same with these conditions besides Ready and Active, those of others left as they are. */
  public StatusDocument withMarks(List<ExtraCondition> marks, Instant now, long generation) {
    Stream<StatusCondition> others =
        conditions.stream().filter(it -> !ExtraCondition.Type.isOurs(it.type()));
    Stream<StatusCondition> ours =
        marks.stream()
            .map(
                it ->
                    transition(
                        new StatusCondition(
                            it.type().word(),
                            it.status().word(),
                            it.reason(),
                            Text.printable(it.message()),
                            StatusReader.seconds(now),
                            generation)));
    return copy(quietSince, stakes, held, Stream.concat(others, ours).toList());
  }

  /** Its time is that of the last change of its status. */
  private StatusCondition transition(StatusCondition to) {
    return condition(to.type())
        .filter(it -> it.status().equals(to.status()))
        .map(
            it ->
                new StatusCondition(
                    to.type(),
                    to.status(),
                    to.reason(),
                    to.message(),
                    it.lastTransitionTime(),
                    to.observedGeneration()))
        .orElse(to);
  }

  private StatusDocument copy(
      Optional<String> newQuietSince,
      Optional<Map<String, Stake>> newStakes,
      List<HeldRoute> newHeld,
      List<StatusCondition> newConditions) {
    return new StatusDocument(
        phase,
        epoch,
        endpoints,
        connections,
        waiting,
        newQuietSince,
        nextStopTime,
        lastWake,
        failure,
        region,
        newStakes,
        newHeld,
        newConditions,
        observedGeneration);
  }

  private static boolean keepsFailure(ServiceStatus next) {
    return switch (next.phase()) {
      case WAKING, STOPPING, DRAINING, DISABLED -> true;
      case DORMANT, ACTIVE, DOZING, FAILED -> false;
    };
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  private List<StatusCondition> conditions(ServiceStatus next, Maker maker) {
    var all = new ArrayList<StatusCondition>();
    all.add(condition(READY, next.ready(), maker));
    all.add(condition(ACTIVE, next.active(), maker));
    conditions.stream()
        .filter(it -> !it.type().equals(READY) && !it.type().equals(ACTIVE))
        .forEach(all::add);
    return List.copyOf(all);
  }

  private StatusCondition condition(String type, Condition to, Maker maker) {
    Instant now = StatusReader.seconds(maker.now());
    return transition(
        new StatusCondition(
            type, to.status().word(), to.reason().word(), to.message(), now, maker.generation()));
  }

  /** The condition of this type. */
  public Optional<StatusCondition> condition(String type) {
    for (StatusCondition condition : conditions) {
      if (condition.type().equals(type)) {
        return Optional.of(condition);
      }
    }
    return Optional.empty();
  }

  private Condition coreCondition(String type) {
    var unknown = ServiceStatus.initial().ready();
    return condition(type)
        .map(it -> StatusReader.coreCondition(it).orElse(unknown))
        .orElse(unknown);
  }
}
