package dev.dormouse.control;

import dev.dormouse.core.Action;
import dev.dormouse.core.Decider;
import dev.dormouse.core.Decision;
import dev.dormouse.core.Demand;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Admission;
import java.time.Duration;
import java.util.Optional;

/** One level-triggered pass over one service: observe, decide, apply. The same in both runtimes. */
public final class ServiceReconciler {
  private final WorkloadDriver driver;

  /** A reconciler of workloads that this driver runs. */
  public ServiceReconciler(WorkloadDriver driver) {
    this.driver = driver;
  }

  /**
   * The outcome of a pass.
   *
   * @param recheckAfter when to run the next one if nothing happens before
   */
  public record Pass(Decision decision, ServiceStatus status, Optional<Duration> recheckAfter) {}

  /** Runs a pass. Not to be called concurrently for one service. */
  public Pass reconcile(
      ServiceId id,
      ServiceSpec spec,
      Admission admission,
      ServiceStatus previous,
      Surroundings around) {
    Demand demand = admission.demand();
    Workload workload = driver.observe(id);
    Decision decision = Decider.decide(spec, demand, workload, around);
    if (!permits(admission, demand, decision.action())) {
      return new Pass(decision, previous, Optional.of(Duration.ZERO));
    }
    admission.apply(decision.waiters());
    if (!(decision.action() instanceof Action.Keep)) {
      driver.apply(id, spec, decision.action());
    }
    return new Pass(
        decision,
        previous.after(decision, spec, demand, workload, around),
        decision.recheckAfter());
  }

  /** Closes admission as the action demands it; false if an arrival won against an idle stop. */
  private static boolean permits(Admission admission, Demand decidedOn, Action action) {
    return switch (action) {
      case Action.Stop(StopReason reason) when reason == StopReason.IDLE ->
          admission.withdrawIfQuiet(decidedOn);
      case Action.Freeze _ -> admission.withdrawIfQuiet(decidedOn);
      case Action.Doze _ -> admission.withdrawIfSilent(decidedOn);
      case Action.Stop _ -> {
        admission.withdraw();
        yield true;
      }
      case Action.Drain(StopReason reason) -> {
        admission.drain(reason);
        yield true;
      }
      case Action.Keep _,
          Action.Start _,
          Action.Thaw _,
          Action.Sound _,
          Action.Look _,
          Action.Forget _ ->
          true;
    };
  }
}
