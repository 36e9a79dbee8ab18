package dev.dormouse.core;

import static dev.dormouse.core.Situation.ADDRESS;
import static dev.dormouse.core.Situation.NOW;
import static dev.dormouse.core.Situation.TICK;

import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import dev.dormouse.core.Surroundings.Dependencies;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The product of all states that a decision can be made from, with times around each limit. */
final class StateSpace {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Doze DOZE =
      new Doze(Duration.ofSeconds(10), Heartbeat.AUTO, Optional.of(Duration.ofHours(1)), List.of());

  private StateSpace() {}

  /** Calls with every combination; returns how many there are. */
  static int forEach(Consumer<Situation> visit) {
    int count = 0;
    for (ServiceSpec spec : specs()) {
      for (Surroundings around : surroundings()) {
        for (Demand demand : demands(spec)) {
          for (Workload workload : workloads(spec)) {
            visit.accept(new Situation(spec, demand, workload, around));
            count++;
          }
        }
      }
    }
    return count;
  }

  private static List<ServiceSpec> specs() {
    List<ServiceSpec> specs = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      specs.add(Specs.onDemand().activation(activation).build());
      specs.add(Specs.onDemand().activation(activation).freezing().build());
      specs.add(Specs.onDemand().activation(activation).dozing(DOZE).build());
    }
    return specs;
  }

  private static List<Demand> demands(ServiceSpec spec) {
    Instant quietEnough = NOW.minus(spec.idleTimeout());
    return List.of(
        new Demand.Unknown(),
        new Demand.Known(0, 0, NOW),
        new Demand.Known(0, 0, quietEnough.plus(TICK)),
        new Demand.Known(0, 0, quietEnough),
        new Demand.Known(0, 0, NOW.minus(DAY)),
        new Demand.Known(0, 0, NOW.minus(DAY), NOW.minus(Decider.LAST_BREATH).minus(TICK)),
        new Demand.Known(0, 0, NOW.minus(DAY), NOW.minus(Decider.LAST_BREATH)),
        new Demand.Known(2, 0, NOW.minus(DAY)),
        new Demand.Known(0, 2, NOW.minus(DAY)),
        new Demand.Known(2, 2, NOW.minus(DAY)),
        silentFor(DOZE.after().minus(TICK), Optional.empty()),
        silentFor(DOZE.after(), Optional.empty()),
        silentFor(DAY, Optional.of(WakeReason.MESSAGE)));
  }

  private static Demand silentFor(Duration time, Optional<WakeReason> roused) {
    return new Demand.Known(0, 2, NOW.minus(DAY), Instant.MIN, NOW.minus(time), roused);
  }

  private static List<Surroundings> surroundings() {
    List<Surroundings> all = new ArrayList<>();
    for (Presence presence : Presence.values()) {
      for (Dependencies dependencies : dependencies()) {
        for (boolean dependentAwake : List.of(false, true)) {
          for (var warmUntil : warmUntils()) {
            for (var nextWarm : List.of(Optional.<Instant>empty(), Optional.of(NOW.plus(SECOND)))) {
              all.add(
                  new Surroundings(
                      NOW, presence, dependencies, dependentAwake, warmUntil, nextWarm));
            }
          }
        }
      }
    }
    List<Surroundings> wished = new ArrayList<>();
    for (Wish wish : List.of(Wish.TRY, Wish.SLEEP, Wish.LEAVE)) {
      all.stream()
          .filter(it -> it.nextWarm().isEmpty())
          .filter(it -> it.dependencies() instanceof Dependencies.AllReady)
          .forEach(it -> wished.add(it.wishing(wish)));
    }
    all.addAll(wished);
    return all;
  }

  private static List<Dependencies> dependencies() {
    return List.of(
        new Dependencies.AllReady(),
        new Dependencies.NotReady("redis"),
        new Dependencies.Unavailable("redis"));
  }

  private static List<Optional<Instant>> warmUntils() {
    return List.of(
        Optional.empty(),
        Optional.of(NOW),
        Optional.of(NOW.plus(TICK)),
        Optional.of(NOW.plus(DAY)));
  }

  private static List<Workload> workloads(ServiceSpec spec) {
    List<Workload> all = new ArrayList<>();
    all.add(new Workload.Unknown("not observable"));
    all.add(new Workload.Absent());
    for (String revision : List.of(spec.revision(), "outdated")) {
      for (Optional<Endpoint> endpoint :
          List.of(Optional.<Endpoint>empty(), Optional.of(ADDRESS))) {
        for (Instant since : around(spec.startup().timeout())) {
          Instant deadline = since.plus(spec.startup().timeout());
          all.add(new Workload.Starting(since, deadline, revision, endpoint));
        }
        for (Instant since : around(spec.minimumUptime())) {
          all.add(new Workload.Ready(since, revision, endpoint));
        }
        all.add(resting(revision, endpoint, NOW.minus(DAY), NOW.plus(SECOND), true));
        all.add(resting(revision, endpoint, NOW.minus(DAY), NOW.minus(DAY), false));
        all.add(resting(revision, endpoint, NOW, NOW.minus(DAY), true));
      }
      for (boolean restarted : List.of(false, true)) {
        all.add(new Workload.Frozen(NOW.minus(DAY), revision, restarted));
        all.add(new Workload.Frozen(NOW, revision, restarted));
        all.add(new Workload.Frozen(NOW, revision, restarted, Optional.of(WakeReason.BROADCAST)));
      }
    }
    for (Company company : companies()) {
      for (Instant since : List.of(NOW.minus(DAY), NOW)) {
        all.add(
            new Workload.Ready(since, spec.revision(), Optional.of(ADDRESS), Optional.of(company)));
      }
    }
    for (Optional<Endpoint> endpoint : List.of(Optional.<Endpoint>empty(), Optional.of(ADDRESS))) {
      for (boolean succeeded : List.of(false, true)) {
        all.add(new Workload.Broken(NOW, endpoint, succeeded, FailureReason.CRASHED, "exit"));
      }
    }
    for (StopReason reason : List.of(StopReason.OUTDATED, StopReason.SHUTDOWN)) {
      for (Instant since : around(spec.shutdown().drain())) {
        all.add(new Workload.Draining(since, reason));
      }
      for (Instant since : around(spec.shutdown().gracePeriod().plus(Decider.STOP_SLACK))) {
        all.add(new Workload.Stopping(since, reason));
      }
    }
    failures(spec.retry()).forEach(failure -> all.add(new Workload.Failed(failure)));
    return all;
  }

  /** Never looked at, looked at just now and too long ago, each with anybody and nobody. */
  private static List<Company> companies() {
    List<Company> all = new ArrayList<>(List.of(Company.UNSEEN));
    for (Instant at : around(Company.FRESH).subList(1, 3)) {
      all.add(Company.UNSEEN.after(at, 0, ""));
      all.add(Company.UNSEEN.after(NOW.minus(DAY), 1, "").after(at, 0, ""));
    }
    all.add(Company.UNSEEN.after(NOW, 1, "port 1").after(NOW, 0, ""));
    around(Company.LOOK).subList(1, 3).forEach(at -> all.add(Company.UNSEEN.after(at, 2, "")));
    return all;
  }

  private static Workload resting(
      String revision, Optional<Endpoint> endpoint, Instant awake, Instant from, boolean sounded) {
    var rest = new Workload.Calm(awake, from, sounded);
    return new Workload.Ready(NOW.minus(DAY), revision, endpoint, Optional.empty(), rest);
  }

  /** Ages around a limit: none, one nanosecond below, exact, far above. */
  private static List<Instant> around(Duration limit) {
    return List.of(NOW, NOW.minus(limit).plus(TICK), NOW.minus(limit), NOW.minus(limit).minus(DAY));
  }

  /** First failure, in the middle of a series, breaker open; each around its limits. */
  private static List<Failure> failures(ServiceSpec.Retry retry) {
    List<Failure> all = new ArrayList<>();
    for (int count : List.of(2, retry.breakerFailures())) {
      Failure fresh = failed(count, NOW);
      Duration pause =
          count < retry.breakerFailures()
              ? retry.initial().multipliedBy(1L << (count - 1))
              : retry.breakerWindow();
      for (Instant at : around(pause)) {
        all.add(new Failure(fresh.reason(), fresh.message(), count, at, at.plus(pause)));
      }
      for (Instant at : around(retry.breakerWindow())) {
        all.add(new Failure(fresh.reason(), fresh.message(), count, at, at.plus(pause)));
      }
    }
    return all;
  }

  private static Failure failed(int count, Instant at) {
    return new Failure(FailureReason.EXITED, "exit 1", count, at, at);
  }
}
