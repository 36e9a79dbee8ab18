package dev.dormouse.kubernetes.operator;

import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.kubernetes.protocol.ServicePass;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** What the operator remembers of one service. Used by one pass at a time, but for the status. */
final class Tended {
  final ServicePass passes;
  final WarmWindows warm = new WarmWindows(InstantSource.system());
  private volatile Optional<Seen> seen = Optional.empty();
  private List<Children.Trouble> troubles = List.of();

  Tended(ServicePass.Tools tools) {
    this.passes = new ServicePass(tools);
  }

  /** A service as it was after its last pass. */
  record Seen(ServiceSpec spec, ServiceStatus status) {}

  /** True if the last pass did not meet it. */
  boolean isNew(Children.Trouble trouble) {
    return !troubles.contains(trouble);
  }

  void met(List<Children.Trouble> now) {
    troubles = now;
  }

  Optional<Seen> seen() {
    return seen;
  }

  void saw(ServiceSpec spec, ServiceStatus status) {
    seen = Optional.of(new Seen(spec, status));
  }
}
