package dev.dormouse.kubernetes.operator;

import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Activation;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.kubernetes.apply.Trouble;
import dev.dormouse.kubernetes.pass.ServicePass;
import dev.dormouse.kubernetes.resource.AskedByHand;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** What the operator remembers of one service. Used by one pass at a time, but for the status. */
final class ServiceEntry {
  private static final int MAX_WAITS = 10;

  final ServicePass passes;
  private final InstantSource wall = InstantSource.system();
  final WarmWindows warm = new WarmWindows(wall);
  private volatile Optional<Seen> seen = Optional.empty();
  private int waits;
  private List<Trouble> troubles = List.of();
  private Optional<AskedByHand> asked = Optional.empty();
  private boolean untried;

  ServiceEntry(ServicePass.Tools tools) {
    this.passes = new ServicePass(tools);
  }

  /** A service as it was after its last pass. */
  record Seen(ServiceSpec spec, ServiceStatus status) {}

  /** True if the last pass did not meet it. */
  boolean isNew(Trouble trouble) {
    return !troubles.contains(trouble);
  }

  /** Whether to wait a little longer for what is about to be known; not for ever. */
  boolean mayWait() {
    waits++;
    return waits <= MAX_WAITS;
  }

  /** What the last pass has met. */
  List<Trouble> troubles() {
    return troubles;
  }

  void met(List<Trouble> now) {
    troubles = now;
  }

  /** When it is to be awake, by declaration or because somebody asked for it. */
  List<Warm> windows(ServiceSpec spec) {
    return asked.map(it -> it.windows(spec.warm(), wall.instant())).orElseGet(spec::warm);
  }

  /**
   * What people ask for now. That it be awake until another time than before is a new try: until a
   * pass has left it in another phase than Failed. What a new operator finds is no news.
   *
   * @return what of it cannot be read, for people
   */
  List<String> heard(AskedByHand now) {
    boolean isNews =
        asked.filter(it -> !it.awakeUntil().equals(now.awakeUntil())).isPresent()
            && now.awakeUntil().isPresent();
    untried |= isNews;
    asked = Optional.of(now);
    return now.mistakes();
  }

  /** What is asked of an awake period, where these are around. */
  Wish wish(long epoch, ServiceSpec spec, Surroundings around) {
    boolean warm = around.warmUntil().filter(around.now()::isBefore).isPresent();
    if (warm && untried) {
      return Wish.TRY;
    }
    boolean kept = warm || around.dependentAwake() || spec.activation() == Activation.ALWAYS;
    return kept ? Wish.NONE : asked.map(it -> it.wish(epoch)).orElse(Wish.NONE);
  }

  Optional<Seen> seen() {
    return seen;
  }

  void saw(ServiceSpec spec, ServiceStatus status) {
    untried &= status.phase() == Phase.FAILED;
    seen = Optional.of(new Seen(spec, status));
  }
}
