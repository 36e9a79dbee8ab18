package dev.dormouse.local;

import dev.dormouse.control.ManualControl.Answer;
import dev.dormouse.control.ManualControl.Manner;
import dev.dormouse.core.Action;
import dev.dormouse.core.Activation;
import dev.dormouse.core.Company;
import dev.dormouse.core.Demand;
import dev.dormouse.core.Keeper;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.core.Workload;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Wakes and sleeps that people ask for. Control thread only. */
final class ManualRequests {
  private final LocalController controller;
  private final MachineDriver driver;

  ManualRequests(LocalController controller, MachineDriver driver) {
    this.controller = controller;
    this.driver = driver;
  }

  Answer wake(ManagedService service, Optional<Duration> atLeast) {
    if (service.spec.activation() == Activation.DISABLED) {
      return new Answer.Refused(service.id + " is disabled");
    }
    Surroundings around = controller.surroundings(service);
    if (around.presence() != Presence.HERE) {
      return new Answer.Refused(service.id + " is not served here any more");
    }
    var manual = ManualWake.from(around.now(), atLeast, service.spec);
    service.manual = Optional.of(manual);
    var all = new ArrayList<ManagedService>();
    collect(service, new HashSet<>(), all);
    for (ManagedService one : all) {
      driver.apply(one.id, one.spec, new Action.Forget());
      controller.pass(one);
    }
    String until = atLeast.isEmpty() ? "" : ", kept awake until " + seconds(manual.until());
    boolean awake = service.status.phase() == Phase.ACTIVE;
    return new Answer.Accepted(service.id + (awake ? " is awake" : " is waking") + until);
  }

  Answer sleep(ManagedService service, Manner how, Company company) {
    service.manual = Optional.empty();
    Answer answer = sleepNow(service, how, company);
    controller.pass(service);
    return answer;
  }

  private Answer sleepNow(ManagedService service, Manner how, Company company) {
    Optional<String> obstacle =
        keptAwakeBy(service)
            .or(() -> Optional.of(company.words()).filter(_ -> company.any() && !how.drain()));
    if (obstacle.isPresent()) {
      return new Answer.Refused(service.id + " stays awake: " + obstacle.get());
    }
    return switch (service.status.phase()) {
      case DORMANT, FAILED, DISABLED -> atRest(service, how);
      case DRAINING, STOPPING -> new Answer.Accepted(service.id + " is falling asleep already");
      case WAKING, ACTIVE, DOZING -> {
        // Compare-and-set: whoever arrives from here on waits for the next start.
        boolean quiet = service.gate.withdrawIfQuiet(service.gate.demand());
        if (!quiet && !how.drain()) {
          yield new Answer.Refused(present(service));
        }
        driver.apply(service.id, service.spec, quiet ? asIdle(service, how) : drain(service));
        yield new Answer.Accepted(service.id + " is falling asleep");
      }
    };
  }

  private Answer atRest(ManagedService service, Manner how) {
    boolean frozen = driver.observe(service.id) instanceof Workload.Frozen;
    if (frozen && how.stop()) {
      driver.apply(service.id, service.spec, new Action.Stop(StopReason.REQUESTED));
      return new Answer.Accepted(service.id + " is frozen, and is falling asleep for good");
    }
    return new Answer.Accepted(service.id + (frozen ? " is frozen" : " does not run"));
  }

  /** What is not ready yet cannot be frozen. */
  private Action asIdle(ManagedService service, Manner how) {
    boolean freezes =
        service.asIs(driver).sleep() != Sleep.STOP
            && driver.observe(service.id) instanceof Workload.Ready;
    return freezes && !how.stop() ? new Action.Freeze() : drain(service);
  }

  private static Action drain(ManagedService service) {
    service.gate.drain(StopReason.REQUESTED);
    return new Action.Drain(StopReason.REQUESTED);
  }

  private Optional<String> keptAwakeBy(ManagedService service) {
    Surroundings around = controller.surroundings(service);
    return Keeper.of(service.spec, around)
        .map(
            it ->
                service.spec.activation() == Activation.ALWAYS || around.dependentAwake()
                    ? it
                    : "a warm window lasts until " + seconds(around.warmUntil().orElseThrow()));
  }

  private static String present(ManagedService service) {
    Demand.Known demand = service.gate.demand();
    return service.id
        + (" has " + demand.open() + " open and " + demand.waiting())
        + " waiting; with drain they are closed politely";
  }

  /** What it depends on comes first; each once, so that a cycle does no harm. */
  private void collect(
      ManagedService service, Set<ManagedService> visited, List<ManagedService> all) {
    if (visited.add(service)) {
      for (String name : service.spec.dependsOn()) {
        controller.find(service.id.sibling(name)).ifPresent(it -> collect(it, visited, all));
      }
      all.add(service);
    }
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }
}
