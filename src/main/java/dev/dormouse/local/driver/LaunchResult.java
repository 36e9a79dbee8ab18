package dev.dormouse.local.driver;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.local.driver.State.Cause;
import dev.dormouse.local.process.Output;
import dev.dormouse.local.process.Ports;
import dev.dormouse.local.process.ProcessTree;
import dev.dormouse.local.state.Launch;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** An attempt to execute a service. */
sealed interface LaunchResult {
  /** It was executed. */
  record Executed(Run run, Process process) implements LaunchResult {}

  /** It was not. */
  record Refused(Cause cause) implements LaunchResult {}

  /** Tries to. */
  static LaunchResult of(ServiceId id, ServiceSpec spec, MachineResources machine, Output output) {
    try {
      Optional<Endpoint> endpoint = Ports.assign(machine.settings().host(), spec);
      Optional<String> busy = endpoint.flatMap(e -> Ports.busy(machine.proc(), e));
      if (busy.isPresent()) {
        return new Refused(new Cause(FailureReason.PORT_BUSY, busy.get()));
      }
      if (endpoint.isPresent()) {
        Ports.removeStale(endpoint.get());
      }
      Launch launch = Launch.of(id, spec, endpoint, machine.settings());
      List<List<String>> preliminaries = launch.preliminaries();
      Process process = launch.spawn(output.open());
      var family = new ProcessTree(machine.proc(), process.pid(), machine.files().mark(id));
      var run = Run.started(machine, Run.Terms.of(spec, endpoint), family, preliminaries);
      return new Executed(run, process);
    } catch (IOException e) {
      return new Refused(new Cause(FailureReason.SPAWN_FAILED, String.valueOf(e.getMessage())));
    } catch (OutOfMemoryError e) { // a thread that was to be had a moment ago
      var strays = ProcessTree.marked(machine.proc(), machine.files().mark(id));
      strays.kill(strays.members());
      return new Refused(new Cause(FailureReason.SPAWN_FAILED, String.valueOf(e.getMessage())));
    }
  }
}
