package dev.dormouse.cli;

import dev.dormouse.logging.LogSetup;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A part of Dormouse that is a process of its own on a cluster. */
record ClusterProcess<T>(T running) {
  private static final int MAX_CAUSES = 5;
  private static final Logger LOG = System.getLogger("dormouse");

  /**
   * Starts it.
   *
   * @throws UserError if it cannot be started
   */
  static <T> ClusterProcess<T> start(Supplier<T> starter) throws UserError {
    try {
      return new ClusterProcess<>(starter.get());
    } catch (RuntimeException e) {
      LOG.log(Level.DEBUG, "not started", e);
      String why =
          Stream.iterate((Throwable) e, Objects::nonNull, Throwable::getCause)
              .map(it -> String.valueOf(it.getMessage()))
              .distinct()
              .limit(MAX_CAUSES)
              .collect(Collectors.joining(": "));
      throw new UserError("cannot start: " + why);
    }
  }

  /** It must not go on, and cannot be mended from within: whoever started it starts it again. */
  static void fail() {
    LogSetup.flush();
    Runtime.getRuntime().halt(Dormouse.FAILED);
  }

  /** From now on TERM and INT end it, and the process with 0. */
  void endOnSignal(Consumer<T> end) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  LOG.log(Level.INFO, "stopping");
                  end.accept(running);
                  LogSetup.flush();
                  Runtime.getRuntime().halt(0);
                },
                "dormouse-stop"));
  }
}
