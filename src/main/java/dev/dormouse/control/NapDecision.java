package dev.dormouse.control;

import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether Dormouse itself goes to sleep now, and why not: pure. The first row that matches:
 *
 * <table border="1">
 * <caption>What forbids a nap</caption>
 * <tr><td>it cannot be here, or nobody wants it: {@link Reason.Impossible}</td></tr>
 * <tr><td>Dormouse is stopping, or has not begun: {@link Reason.Busy}</td></tr>
 * <tr><td>a service is held or open, or relays to another region: {@link Reason.InUse}</td></tr>
 * <tr><td>a service is not at rest: {@link Reason.Restless}</td></tr>
 * <tr><td>something is due sooner than a nap is worth: {@link Reason.Due}</td></tr>
 * <tr><td>something came in: {@link Reason.Contacted}</td></tr>
 * <tr><td>a request is being answered: {@link Reason.Asked}</td></tr>
 * </table>
 */
public final class NapDecision {
  /** A nap that ends sooner was broken: it is not worth its start. */
  public static final Duration BROKEN = Duration.ofSeconds(10);

  /** However often naps were broken, nobody waits longer than this for the next one. */
  public static final Duration LONGEST_WAIT = Duration.ofMinutes(30);

  private NapDecision() {}

  /** What came in. */
  public enum Contact {
    START("Dormouse began"),
    NAP("a nap ended"),
    CLIENT("somebody connected"),
    PROBE("a probe came"),
    SCRAPE("a scrape came"),
    ADMIN("somebody asked the admin port"),
    CHANGE("a service or a manifest changed");

    private final String words;

    Contact(String words) {
      this.words = words;
    }

    /** For people: what happened. */
    public String words() {
      return words;
    }
  }

  /** The last thing that came in. */
  public record LastContact(Contact what, Instant at) {}

  /**
   * One service.
   *
   * @param settled nothing of it is under way: no freeze, no unwritten state, no wake by hand
   * @param watched what runs for it is a child of this process, whose end the kernel tells
   * @param due when a pass is due, by the clock alone
   */
  public record Service(
      ServiceId id,
      Phase phase,
      int demand,
      boolean alwaysRuns,
      boolean settled,
      boolean watched,
      Optional<Instant> due) {}

  /**
   * All that a nap depends on.
   *
   * @param obstacle why there can be none in this process, whatever happens
   * @param busy what Dormouse itself is at, such as stopping
   * @param elsewhere clients that are relayed to another region
   * @param asked requests that are being answered
   * @param due when Dormouse itself has something to do
   */
  public record Sight(
      Optional<String> obstacle,
      Optional<String> busy,
      int elsewhere,
      int asked,
      LastContact contact,
      Optional<Instant> due,
      List<Service> services) {}

  /** Why it stays awake. */
  public sealed interface Reason {
    /** There can be no nap. */
    record Impossible(String why) implements Reason {}

    /** Dormouse itself is at something. */
    record Busy(String what) implements Reason {}

    /** A service has clients, or another region has some through us. */
    record InUse(Optional<ServiceId> service, int clients) implements Reason {}

    /** A service is not at rest. */
    record Restless(ServiceId service, String why) implements Reason {}

    /** Something has to be done soon. */
    record Due(Optional<ServiceId> service, Instant at) implements Reason {}

    /** Something came in not long ago. */
    record Contacted(LastContact last) implements Reason {}

    /** Somebody waits for an answer, or watches. */
    record Asked(int requests) implements Reason {}

    /** For people: a sentence after "awake because". */
    default String explain(Instant now) {
      return switch (this) {
        case Impossible(String why) -> why;
        case Busy(String what) -> what;
        case InUse(var service, int clients) ->
            service.map(it -> it + " has ").orElse("another region has ") + clients + " clients";
        case Restless(ServiceId service, String why) -> service + " " + why;
        case Reason.Due(var service, Instant at) ->
            service.map(it -> it + " has ").orElse("there is ")
                + "something to do in "
                + seconds(now, at)
                + " s";
        case Contacted(LastContact(Contact what, Instant at)) ->
            what.words() + " " + seconds(at, now) + " s ago";
        case Asked(int requests) -> requests + " requests are being answered";
      };
    }

    private static long seconds(Instant from, Instant to) {
      return Math.max(0, Duration.between(from, to).toSeconds());
    }
  }

  /** What becomes of it. */
  public sealed interface Verdict {
    /**
     * No nap now.
     *
     * @param until before when nothing changes by time alone; empty if time changes nothing
     */
    record Awake(Reason reason, Optional<Instant> until) implements Verdict {}

    /**
     * A nap.
     *
     * @param until when something is due
     */
    record Nap(Optional<Instant> until) implements Verdict {}
  }

  /**
   * Decides.
   *
   * @param calm how long nothing must have come in
   * @param broken how many naps in a row were broken: each doubles that time
   */
  public static Verdict decide(Duration calm, int broken, Sight sight, Instant now) {
    Duration wait = wait(calm, broken);
    Optional<Deadline> due = soonest(sight);
    Instant worth = now.plus(calm.compareTo(BROKEN) > 0 ? calm : BROKEN);
    Optional<Reason> forbidden =
        sight
            .obstacle()
            .<Reason>map(Reason.Impossible::new)
            .or(() -> sight.busy().map(Reason.Busy::new))
            .or(() -> inUse(sight))
            .or(() -> sight.services().stream().flatMap(it -> restless(it).stream()).findFirst())
            .or(
                () ->
                    due.filter(it -> it.at().isBefore(worth))
                        .map(it -> new Reason.Due(it.service(), it.at())));
    if (forbidden.isPresent()) {
      return new Verdict.Awake(forbidden.get(), Optional.empty());
    }
    Instant calmAt = sight.contact().at().plus(wait);
    if (now.isBefore(calmAt)) {
      return new Verdict.Awake(new Reason.Contacted(sight.contact()), Optional.of(calmAt));
    }
    return sight.asked() > 0
        ? new Verdict.Awake(new Reason.Asked(sight.asked()), Optional.empty())
        : new Verdict.Nap(due.map(Deadline::at));
  }

  /** How long nothing must come in after so many broken naps. */
  static Duration wait(Duration calm, int broken) {
    Duration wait = calm;
    for (int i = 0; i < broken && wait.compareTo(LONGEST_WAIT) < 0; i++) {
      wait = wait.multipliedBy(2);
    }
    return wait.compareTo(calm) > 0 && wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
  }

  private static Optional<Reason> inUse(Sight sight) {
    if (sight.elsewhere() > 0) {
      return Optional.of(new Reason.InUse(Optional.empty(), sight.elsewhere()));
    }
    return sight.services().stream()
        .filter(it -> it.demand() > 0)
        .findFirst()
        .map(it -> new Reason.InUse(Optional.of(it.id()), it.demand()));
  }

  private static Optional<Reason> restless(Service service) {
    return moving(service)
        .or(() -> service.settled() ? Optional.empty() : Optional.of("is not settled"))
        .map(why -> new Reason.Restless(service.id(), why));
  }

  private static Optional<String> moving(Service service) {
    return switch (service.phase()) {
      case WAKING -> Optional.of("is waking");
      case DOZING -> Optional.of("dozes under open sockets");
      case DRAINING -> Optional.of("is draining");
      case STOPPING -> Optional.of("is stopping");
      case ACTIVE -> {
        if (!service.alwaysRuns()) {
          yield Optional.of("is awake");
        }
        yield service.watched()
            ? Optional.empty()
            : Optional.of("is no child of this process: nobody would tell of its end");
      }
      case DORMANT, FAILED, DISABLED -> Optional.empty();
    };
  }

  private record Deadline(Optional<ServiceId> service, Instant at) {}

  private static Optional<Deadline> soonest(Sight sight) {
    return Stream.concat(
            sight.due().map(it -> new Deadline(Optional.empty(), it)).stream(),
            sight.services().stream()
                .flatMap(it -> it.due().map(at -> new Deadline(Optional.of(it.id()), at)).stream()))
        .reduce((a, b) -> b.at().isBefore(a.at()) ? b : a);
  }
}
