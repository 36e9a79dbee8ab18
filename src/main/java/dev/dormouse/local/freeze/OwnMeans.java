package dev.dormouse.local.freeze;

import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.Warden;
import java.io.IOException;
import java.util.List;

/** The means of this machine to freeze and to watch, which rights decide on: tried on a child. */
record OwnMeans(ProcFs proc) implements Freezer.Means {
  @Override
  public PageOut find() throws IOException {
    if (proc.swapBytes() == 0) {
      throw new IOException("this machine has no swap; swapon(8) adds some, on Fly swap_size_mb");
    }
    PageOut found = new ProcessMadvise(proc);
    onAChild(child -> found.pageOut(child, () -> true));
    return found;
  }

  @Override
  public Warden watch() throws IOException {
    Warden found = new Watchtower(proc);
    onAChild(
        child -> {
          try (Warden.Post post = found.begin(List.of(), _ -> {})) {
            post.watch(child);
          }
        });
    return found;
  }

  private interface Trial {
    void of(List<Stat> child) throws IOException;
  }

  /** Rights, or their lack, show only when they are used. */
  private void onAChild(Trial trial) throws IOException {
    Process child = new ProcessBuilder("sleep", "60").start();
    try {
      trial.of(proc.stat(child.pid()).stream().toList());
    } finally {
      child.destroyForcibly();
    }
  }
}
