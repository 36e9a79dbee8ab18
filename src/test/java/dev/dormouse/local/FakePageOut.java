package dev.dormouse.local;

import dev.dormouse.local.freeze.PageOut;
import dev.dormouse.local.process.ProcFs.Stat;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/** Pages nothing out, and says of it what the test wants. */
public final class FakePageOut implements PageOut {
  public static final long MB = 1 << 20;

  /** The processes that were to be paged out, one list a freeze. */
  public final ConcurrentLinkedQueue<List<Stat>> told = new ConcurrentLinkedQueue<>();

  /** The processes whose memory was to be fetched, one list a thaw. */
  final ConcurrentLinkedQueue<List<Stat>> fetched = new ConcurrentLinkedQueue<>();

  public volatile Effect effect = new Effect(42 * MB, 2 * MB);
  public volatile Optional<String> refusal = Optional.empty();

  /** Runs in the middle of it; told whether it is still wanted. */
  public volatile Hook during = _ -> {};

  public interface Hook {
    void run(BooleanSupplier wanted);
  }

  @Override
  public Effect pageOut(List<Stat> processes, BooleanSupplier wanted) throws IOException {
    told.add(processes);
    during.run(wanted);
    if (refusal.isPresent()) {
      throw new IOException(refusal.get());
    }
    return effect;
  }

  @Override
  public void fetch(List<Stat> processes) {
    fetched.add(processes);
  }
}
