package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.dormouse.control.DependencyGraph;
import dev.dormouse.control.LogLine;
import dev.dormouse.control.PassListener;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Action;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Decision;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Surroundings;
import dev.dormouse.kubernetes.apply.Finalizer;
import dev.dormouse.kubernetes.apply.OwnedObjects;
import dev.dormouse.kubernetes.apply.Trouble;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.pass.ServicePass;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.resource.Validity;
import dev.dormouse.kubernetes.resource.Validity.Broken;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ExtraCondition;
import dev.dormouse.kubernetes.status.ServiceObject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Looks after every service: its objects as they should be, then a pass of the protocol, then the
 * event that tells of it. Passes over different services run at the same time.
 */
final class OperatorPasses implements ServiceView.Source {
  private static final Logger LOG = System.getLogger("dormouse");

  /** How soon to look again at what others hold. */
  private static final Duration TROUBLE_LOOK = Duration.ofSeconds(10);

  /** The pods of a target are listed in a moment; a pass before would find none. */
  private static final Duration PODS_LOOK = Duration.ofMillis(500);

  /** How soon to try again to give back what was borrowed. */
  private static final Duration RETURN_AGAIN = Duration.ofSeconds(2);

  /** A namespace is known a moment after its first service, or cannot be. */
  private static final Duration NAMESPACE_LOOK = Duration.ofSeconds(5);

  private final Catalog catalog;
  private final KnownPhases phases = new KnownPhases();
  private final DependencyGraph graph;
  private final OwnedObjects belongings;
  private final ServicePass.Tools tools;
  private final Reports reports;
  private final Map<ServiceId, ServiceEntry> tended = new ConcurrentHashMap<>();

  /** Whom to tell what. */
  record Reports(
      Api api,
      Events events,
      PassListener listener,
      Consumer<ServiceId> trigger,
      InstantSource clock) {}

  OperatorPasses(
      Catalog catalog, OwnedObjects belongings, ServicePass.Tools tools, Reports reports) {
    this.catalog = catalog;
    this.graph = new DependencyGraph(catalog::dependentsOf, phases::of);
    this.belongings = belongings;
    this.tools = tools;
    this.reports = reports;
  }

  private void meet(OnDemandService object) {
    catalog.put(object).forEach(reports.trigger());
    phases.seen(object);
  }

  /** Takes note of all objects that there are, before the first pass over any. */
  void meetAll(List<OnDemandService> objects) {
    objects.forEach(
        it -> {
          catalog.note(it);
          phases.seen(it);
        });
    catalog.changed().forEach(reports.trigger());
  }

  /** One pass; returns when to run the next one if nothing happens before. */
  Optional<Duration> tend(OnDemandService object) {
    meet(object);
    ServiceId id = object.id();
    if (!catalog.isDecided(id.namespace())) {
      return Optional.of(NAMESPACE_LOOK);
    }
    var about = new Events.About(id, object.getMetadata().getUid());
    Validity standing = catalog.standing(id);
    if (standing instanceof Broken broken && !InvalidSpec.isTold(object, broken)) {
      reports.events().warning(about, broken.reason().word(), broken.message());
    }
    return switch (standing) {
      case Validity.Sound(Entry entry) -> tend(object, entry, Optional.empty());
      case Broken broken when broken.instead().isPresent() ->
          tend(object, broken.instead().get(), Optional.of(broken));
      case Broken broken -> {
        InvalidSpec.patch(object, broken, reports.clock().instant()).ifPresent(it -> write(id, it));
        yield Optional.empty();
      }
      case Validity.Missing _ -> Optional.empty();
    };
  }

  private Optional<Duration> tend(OnDemandService object, Entry entry, Optional<Broken> flaw) {
    ServiceId id = entry.id();
    ServiceEntry mine = tended.computeIfAbsent(id, _ -> new ServiceEntry(tools));
    List<Trouble> troubles = troubles(object, entry, mine);
    if (belongings.targetPods().isListing(id) && mine.mayWait()) {
      return Optional.of(PODS_LOOK);
    }
    if (ScaleTarget.of(entry).owned() && Finalizer.isOn(object) && belongings.isFree(id)) {
      belongings.finalizer().remove(object);
    }
    Instant now = reports.clock().instant();
    List<Warm> windows = mine.windows(entry.spec());
    Surroundings around =
        graph.around(id, entry.spec(), Optional.empty(), mine.warm.at(now, windows), now);
    var settled =
        new ServicePass.Settled(
            flaw.map(OperatorPasses::condition),
            troubles.stream().flatMap(it -> it.unready().stream()).findFirst(),
            Optional.of(catalog.hold(id, now)),
            marks(entry, flaw, troubles),
            epoch -> mine.wish(epoch, entry.spec(), around));
    ServicePass.Result result = mine.passes.run(object(object), entry.spec(), around, settled);
    mine.saw(entry.spec(), result.after());
    var about = new Events.About(id, entry.uid());
    tell(about, mine, troubles, result);
    if (phases.entered(id, result.after().phase())) {
      graph.neighbours(id, entry.spec()).forEach(reports.trigger());
    }
    Optional<Duration> trouble = troubles.isEmpty() ? Optional.empty() : Optional.of(TROUBLE_LOOK);
    return Stream.of(WarmWindows.nextLook(windows, result.recheckAfter()), trouble)
        .flatMap(Optional::stream)
        .min(Duration::compareTo);
  }

  /** What is wrong with what belongs to it, and with what is asked of it. */
  private List<Trouble> troubles(OnDemandService object, Entry entry, ServiceEntry mine) {
    return Stream.concat(
            belongings
                .settle(entry, mine.troubles(), () -> belongings.finalizer().secure(object))
                .stream(),
            mine.heard(object.asked()).stream()
                .map(it -> new Trouble(ExtraCondition.Type.INVALID_ANNOTATION, it)))
        .toList();
  }

  /** The conditions besides Ready and Active. */
  static List<ExtraCondition> marks(Entry entry, Optional<Broken> flaw, List<Trouble> troubles) {
    return Stream.concat(
            routed(entry, flaw, troubles).stream(), troubles.stream().map(Trouble::mark))
        .toList();
  }

  /** Whether its own names lead to it; of what has no route nothing is said. */
  private static Optional<ExtraCondition> routed(
      Entry entry, Optional<Broken> flaw, List<Trouble> troubles) {
    Optional<ExtraCondition> no =
        flaw.filter(it -> it.reason() != Validity.Reason.INVALID_SPEC)
            .map(it -> not(it.reason().word(), it.message()))
            .or(
                () ->
                    troubles.stream()
                        .filter(Trouble::misleads)
                        .findFirst()
                        .map(it -> not(it.reason(), it.message())));
    ExtraCondition yes =
        new ExtraCondition(ExtraCondition.Type.ROUTED, Condition.Status.TRUE, "Routed", "");
    return no.or(() -> Optional.of(yes).filter(_ -> entry.routed()));
  }

  private static ExtraCondition not(String reason, String message) {
    return new ExtraCondition(ExtraCondition.Type.ROUTED, Condition.Status.FALSE, reason, message);
  }

  private void tell(
      Events.About about, ServiceEntry mine, List<Trouble> settled, ServicePass.Result result) {
    List<Trouble> troubles =
        Stream.concat(
                settled.stream(),
                result.aside().map(it -> new Trouble(it.type(), it.message())).stream())
            .toList();
    for (Trouble trouble : troubles) {
      if (mine.isNew(trouble)) {
        reports.events().warning(about, trouble.reason(), trouble.message());
        LogLine.of(about.id(), trouble.reason() + ": " + trouble.message()).log(LOG, Level.WARNING);
      }
    }
    mine.met(troubles);
    tell(about, result);
  }

  private void tell(Events.About about, ServicePass.Result result) {
    Optional<StopReason> stop = result.decision().map(Decision::action).flatMap(this::stop);
    EventText.of(result.before(), result.after(), stop)
        .ifPresent(
            it -> {
              if (it.warning()) {
                reports.events().warning(about, it.reason(), it.message());
              } else {
                reports.events().normal(about, it.reason(), it.message());
              }
            });
    result
        .decision()
        .filter(
            it -> !result.before().equals(result.after()) || !(it.action() instanceof Action.Keep))
        .ifPresent(
            it -> reports.listener().passed(about.id(), result.before(), it, result.after()));
  }

  private Optional<StopReason> stop(Action action) {
    return switch (action) {
      case Action.Stop(StopReason reason) -> Optional.of(reason);
      case Action.Drain(StopReason reason) -> Optional.of(reason);
      case Action.Keep _,
          Action.Start _,
          Action.Freeze _,
          Action.Sound _,
          Action.Doze _,
          Action.Thaw _,
          Action.Look _,
          Action.Forget _ ->
          Optional.empty();
    };
  }

  private void write(ServiceId id, ArrayNode patch) {
    String path = OnDemandService.path(id) + "/status?fieldManager=" + Names.MANAGER;
    Api.await(reports.api().patch(path, Api.Patch.JSON, patch));
  }

  private static Condition condition(Broken broken) {
    Condition.Reason reason =
        switch (broken.reason()) {
          case INVALID_SPEC -> Condition.Reason.INVALID_SPEC;
          case ROUTE_CONFLICT -> Condition.Reason.ROUTE_CONFLICT;
          case HOST_NOT_ALLOWED -> Condition.Reason.HOST_NOT_ALLOWED;
        };
    return new Condition(Condition.Status.FALSE, reason, broken.message());
  }

  private static ServiceObject object(OnDemandService object) {
    return ServiceObject.read(object.tree());
  }

  /** The object is being deleted; returns when to try again what did not work. */
  Optional<Duration> leave(OnDemandService object) {
    ServiceId id = object.id();
    boolean done =
        !Finalizer.isOn(object)
            || (belongings.giveBack(id, catalog.standing(id).effective())
                && belongings.finalizer().remove(object));
    return done ? Optional.empty() : Optional.of(RETURN_AGAIN);
  }

  /** The object is gone: forgets it, and gives back what was only borrowed. */
  void gone(ServiceId id) {
    tended.remove(id);
    phases.gone(id);
    catalog.remove(id).forEach(reports.trigger());
    boolean _ = belongings.release(id);
  }

  @Override
  public List<ServiceView> views() {
    return tended.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(
            it ->
                it
                    .getValue()
                    .seen()
                    .map(
                        seen ->
                            ServiceView.remote(it.getKey(), seen.spec(), seen.status(), List.of()))
                    .stream())
        .toList();
  }
}
