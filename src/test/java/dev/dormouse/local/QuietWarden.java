package dev.dormouse.local;

import dev.dormouse.core.WakeReason;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.Warden;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Hears nothing, whatever comes. */
final class QuietWarden implements Warden {
  @Override
  public Post begin(List<Path> files, Consumer<WakeReason> news) {
    return new Post() {
      @Override
      public Set<String> watch(List<Stat> processes) {
        return Set.of();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {}
}
