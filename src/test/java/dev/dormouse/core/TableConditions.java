package dev.dormouse.core;

import dev.dormouse.core.Surroundings.Dependencies;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.core.Surroundings.Wish;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The "when" and "workload" columns of the design's table, each row by itself, and its "action"
 * column. Written from the table's words, as a second opinion.
 */
final class TableConditions {
  private TableConditions() {}

  /** In the table's order; a row applies if no row before it does. */
  static Map<Rule, Predicate<Situation>> rows() {
    Map<Rule, Predicate<Situation>> rows = new EnumMap<>(Rule.class);
    rows.put(Rule.UNOBSERVABLE, s -> s.workload() instanceof Workload.Unknown);
    rows.put(Rule.STOPPING, s -> s.workload() instanceof Workload.Stopping);
    rows.put(Rule.DRAINING, s -> s.workload() instanceof Workload.Draining);
    rows.put(Rule.NEVER_AT_REST, s -> never(s) && atRest(s));
    rows.put(Rule.DRAIN_UNWANTED, s -> unwanted(s) && (dialable(s) || frozen(s)) && perhapsOpen(s));
    rows.put(Rule.STOP_UNWANTED, s -> unwanted(s) && (readAsReady(s) || starting(s) || frozen(s)));
    rows.put(
        Rule.STALE_FREEZE,
        s ->
            s.workload() instanceof Workload.Frozen frozen
                && frozen.dependencyRestarted()
                && !perhapsOpen(s));
    rows.put(Rule.FROZEN, s -> frozen(s) && !surelyOpen(s));
    rows.put(Rule.DOZING, TableConditions::frozen);
    rows.put(Rule.STARTING, s -> starting(s) && !readAsReady(s));
    rows.put(Rule.BROKEN, s -> s.workload() instanceof Workload.Broken);
    rows.put(Rule.SERVING, s -> readAsReady(s) && needed(s) && !silent(s));
    rows.put(Rule.SILENT, s -> readAsReady(s) && needed(s));
    rows.put(Rule.ACCOMPANIED, s -> readAsReady(s) && directClients(s) > 0);
    rows.put(Rule.QUIET, TableConditions::readAsReady);
    rows.put(Rule.BACKING_OFF, s -> needed(s) && retriesLater(s));
    rows.put(Rule.BLOCKED, s -> needed(s) && atRest(s) && !dependenciesReady(s));
    rows.put(Rule.START, s -> needed(s) && atRest(s));
    rows.put(Rule.AT_REST, TableConditions::atRest);
    return rows;
  }

  /** What the row that applies does. */
  static Action action(Rule rule, Situation s) {
    Instant now = s.around().now();
    return switch (rule) {
      case UNOBSERVABLE, STOPPING, NEVER_AT_REST, SERVING, BACKING_OFF, BLOCKED ->
          new Action.Keep();
      case DRAINING -> {
        var draining = (Workload.Draining) s.workload();
        boolean over = age(draining.since(), now).compareTo(s.spec().shutdown().drain()) >= 0;
        yield over || !perhapsOpen(s) ? new Action.Stop(draining.reason()) : new Action.Keep();
      }
      case DRAIN_UNWANTED -> new Action.Drain(why(s));
      case STOP_UNWANTED -> new Action.Stop(why(s));
      case STALE_FREEZE -> new Action.Stop(StopReason.STALE);
      case FROZEN -> needed(s) ? new Action.Thaw() : new Action.Keep();
      case DOZING -> roused(s).isEmpty() ? new Action.Keep() : new Action.Thaw(roused(s));
      case SILENT ->
          s.workload() instanceof Workload.Ready ready && !ready.rest().sounded()
              ? new Action.Sound()
              : new Action.Doze();
      case STARTING -> {
        boolean early = now.isBefore(((Workload.Starting) s.workload()).deadline());
        boolean perhapsServes = dialable(s) && perhapsOpen(s);
        yield early || perhapsServes ? new Action.Keep() : new Action.Stop(StopReason.TIMED_OUT);
      }
      case BROKEN -> {
        var broken = (Workload.Broken) s.workload();
        yield broken.endpoint().isPresent() && perhapsOpen(s)
            ? new Action.Keep()
            : new Action.Stop(leftNobody(broken, s) ? StopReason.ENDED : StopReason.BROKEN);
      }
      case QUIET -> {
        var ready = (Workload.Ready) s.workload();
        var quiet = age(((Demand.Known) s.demand()).quietSince(), now);
        boolean idle =
            quiet.compareTo(s.spec().idleTimeout()) >= 0
                && ready
                    .company()
                    .filter(it -> it.seen().plus(s.spec().idleTimeout()).isAfter(now))
                    .isEmpty()
                && age(ready.since(), now).compareTo(s.spec().minimumUptime()) >= 0;
        yield !idle && s.around().wish() != Wish.SLEEP
            ? new Action.Keep()
            : looksFirst(s, Company.FRESH) ? new Action.Look() : sleep(s);
      }
      case ACCOMPANIED -> looksFirst(s, Company.LOOK) ? new Action.Look() : new Action.Keep();
      case START -> new Action.Start();
      case AT_REST -> forgets(s) ? new Action.Forget() : new Action.Keep();
    };
  }

  private static int directClients(Situation s) {
    return s.workload() instanceof Workload.Ready ready
        ? ready.company().map(Company::clients).orElse(0)
        : 0;
  }

  private static boolean looksFirst(Situation s, Duration fresh) {
    return s.workload() instanceof Workload.Ready ready
        && ready
            .company()
            .filter(it -> !it.lookedAt().plus(fresh).isAfter(s.around().now()))
            .isPresent();
  }

  static boolean perhapsOpen(Situation s) {
    return !(s.demand() instanceof Demand.Known known) || known.open() > 0;
  }

  /** It ended with success, was not needed, and closed on nobody in its last second. */
  private static boolean leftNobody(Workload.Broken broken, Situation s) {
    return broken.succeeded()
        && !needed(s)
        && broken
            .since()
            .minus(Decider.LAST_BREATH)
            .isAfter(((Demand.Known) s.demand()).abandonedAt());
  }

  static boolean somebody(Situation s) {
    return s.demand() instanceof Demand.Known known && known.waiting() + known.open() > 0;
  }

  static boolean wantedAlways(Situation s) {
    return s.spec().activation() == Activation.ALWAYS
        || s.around().dependentAwake()
        || s.around().warmUntil().map(end -> end.isAfter(s.around().now())).orElse(false);
  }

  static boolean never(Situation s) {
    return s.spec().activation() == Activation.DISABLED || s.around().presence() != Presence.HERE;
  }

  static boolean atRest(Situation s) {
    return s.workload() instanceof Workload.Absent || s.workload() instanceof Workload.Failed;
  }

  private static boolean needed(Situation s) {
    boolean unknownWhileRunning = s.demand() instanceof Demand.Unknown && !atRest(s);
    return wantedAlways(s) || somebody(s) || unknownWhileRunning;
  }

  private static boolean readAsReady(Situation s) {
    boolean tunnel = s.demand() instanceof Demand.Known known && known.open() > 0;
    return s.workload() instanceof Workload.Ready || (starting(s) && tunnel);
  }

  /** Somebody could be connected. */
  private static boolean dialable(Situation s) {
    return readAsReady(s)
        || (s.workload() instanceof Workload.Starting w && w.endpoint().isPresent());
  }

  private static boolean surelyOpen(Situation s) {
    return s.demand() instanceof Demand.Known known && known.open() > 0;
  }

  /** Clients only, all of whom have been silent for long enough, of one that may doze. */
  private static boolean silent(Situation s) {
    if (s.spec().sleep() != ServiceSpec.Sleep.DOZE
        || wantedAlways(s)
        || !surelyOpen(s)
        || ((Demand.Known) s.demand()).waiting() > 0
        || !(s.workload() instanceof Workload.Ready || s.workload() instanceof Workload.Starting)) {
      return false;
    }
    Instant now = s.around().now();
    Duration silence = age(((Demand.Known) s.demand()).silentSince(), now);
    boolean may =
        switch (s.workload()) {
          case Workload.Ready ready ->
              age(ready.since(), now).compareTo(s.spec().doze().after()) >= 0
                  && age(ready.rest().awake(), now).compareTo(s.spec().doze().after()) >= 0
                  && !now.isBefore(ready.rest().from());
          case Workload.Starting starting ->
              age(starting.since(), now).compareTo(s.spec().doze().after()) >= 0;
          default -> false;
        };
    return may && silence.compareTo(s.spec().doze().after()) >= 0;
  }

  /** What ends a doze, the first that is true. */
  private static Optional<WakeReason> roused(Situation s) {
    var known = (Demand.Known) s.demand();
    var frozen = (Workload.Frozen) s.workload();
    Optional<Duration> longest = s.spec().doze().wakeEvery();
    Duration asleep = age(frozen.since(), s.around().now());
    boolean warm = s.around().warmUntil().map(end -> end.isAfter(s.around().now())).orElse(false);
    return Stream.of(
            known.roused().stream(),
            frozen.roused().stream(),
            when(known.waiting() > 0, WakeReason.UPGRADE),
            when(s.spec().activation() == Activation.ALWAYS, WakeReason.ALWAYS),
            when(s.around().dependentAwake(), WakeReason.DEPENDENT),
            when(warm, WakeReason.WARM),
            when(frozen.dependencyRestarted(), WakeReason.BROADCAST),
            when(s.spec().sleep() != ServiceSpec.Sleep.DOZE, WakeReason.DEFINITION),
            when(longest.map(most -> asleep.compareTo(most) >= 0).orElse(false), WakeReason.TIMER))
        .flatMap(it -> it)
        .findFirst();
  }

  private static Stream<WakeReason> when(boolean holds, WakeReason reason) {
    return holds ? Stream.of(reason) : Stream.empty();
  }

  private static boolean starting(Situation s) {
    return s.workload() instanceof Workload.Starting;
  }

  private static boolean frozen(Situation s) {
    return s.workload() instanceof Workload.Frozen;
  }

  private static boolean unwanted(Situation s) {
    return never(s)
        || switch (s.workload()) {
          case Workload.Starting w -> leaves(s) || !w.revision().equals(s.spec().revision());
          case Workload.Ready w -> leaves(s) || !w.revision().equals(s.spec().revision());
          case Workload.Frozen w -> leaves(s) || !w.revision().equals(s.spec().revision());
          case Workload.Unknown _,
              Workload.Absent _,
              Workload.Broken _,
              Workload.Draining _,
              Workload.Stopping _,
              Workload.Failed _ ->
              false;
        };
  }

  private static boolean leaves(Situation s) {
    return s.around().wish() == Wish.LEAVE;
  }

  private static boolean retriesLater(Situation s) {
    return s.around().wish() != Wish.TRY
        && s.workload() instanceof Workload.Failed(Failure failure)
        && failure.nextRetry().isAfter(s.around().now());
  }

  private static boolean dependenciesReady(Situation s) {
    return s.around().dependencies() instanceof Dependencies.AllReady;
  }

  private static boolean forgets(Situation s) {
    return s.workload() instanceof Workload.Failed(Failure failure)
        && age(failure.at(), s.around().now()).compareTo(s.spec().retry().breakerWindow()) >= 0;
  }

  private static Action sleep(Situation s) {
    return switch (s.spec().sleep()) {
      case STOP -> new Action.Stop(StopReason.IDLE);
      case FREEZE, DOZE -> new Action.Freeze();
    };
  }

  private static StopReason why(Situation s) {
    if (s.around().presence() != Presence.HERE) {
      return switch (s.around().presence()) {
        case ELSEWHERE -> StopReason.SERVED_ELSEWHERE;
        case REMOVED -> StopReason.REMOVED;
        case SHUTTING_DOWN, HERE -> StopReason.SHUTDOWN;
      };
    }
    if (s.spec().activation() == Activation.DISABLED) {
      return StopReason.DISABLED;
    }
    return leaves(s) ? StopReason.REQUESTED : StopReason.OUTDATED;
  }

  private static Duration age(Instant since, Instant now) {
    return Duration.between(since, now);
  }
}
