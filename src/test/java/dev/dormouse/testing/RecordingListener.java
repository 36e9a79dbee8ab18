package dev.dormouse.testing;

import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.gate.TicketListener;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A connection that only remembers what its gate told it. Thread-safe. */
public final class RecordingListener implements TicketListener {
  private final AtomicInteger admissions = new AtomicInteger();
  private final AtomicReference<Optional<Refusal>> refusal =
      new AtomicReference<>(Optional.empty());
  private final List<StopReason> leaves = new CopyOnWriteArrayList<>();

  @Override
  public void admitted() {
    admissions.incrementAndGet();
  }

  @Override
  public void refused(Refusal why) {
    if (refusal.getAndSet(Optional.of(why)).isPresent()) {
      throw new IllegalStateException("refused twice: " + why);
    }
  }

  @Override
  public void leave(StopReason reason) {
    leaves.add(reason);
  }

  /** How often it was told that there is an address. */
  public int admissions() {
    return admissions.get();
  }

  /** Why it was refused, if it was. */
  public Optional<Refusal> refusal() {
    return refusal.get();
  }

  /** Every time it was asked to leave. */
  public List<StopReason> leaves() {
    return List.copyOf(leaves);
  }
}
