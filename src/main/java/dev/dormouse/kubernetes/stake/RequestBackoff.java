package dev.dormouse.kubernetes.stake;

import dev.dormouse.kubernetes.status.ApiResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When to ask the API server again that has not answered, or has refused, and when to enter a stake
 * again that somebody else has removed. Not thread-safe.
 */
final class RequestBackoff {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final int MAX_DOUBLINGS = 6;

  /** A stake that was removed so long after it was written was not removed for that. */
  private static final Duration STOOD = Duration.ofSeconds(30);

  private int failures;
  private int rejections;
  private int voids;
  private Optional<Instant> entry = Optional.empty();
  private boolean silent;
  private Optional<Instant> until = Optional.empty();

  /** Takes in what became of a request. */
  void after(ApiResult<?> outcome, Instant now) {
    until = Optional.empty();
    silent = false;
    switch (outcome) {
      case ApiResult.Ok<?> _, ApiResult.NotFound<?> _ -> {}
      case ApiResult.Rejected<?> _ -> {
        rejections++;
        // The first time something else has changed: no reason to wait.
        until = rejections > 1 ? Optional.of(now.plus(pause(rejections - 1))) : Optional.empty();
      }
      case ApiResult.Unknown<?> _ -> {
        failures++;
        silent = true;
        until = Optional.of(now.plus(pause(failures)));
      }
    }
  }

  /** The stake that was written last has been removed by somebody else. */
  void voided(Instant written, Instant now) {
    voids = now.isBefore(written.plus(STOOD)) ? voids + 1 : 1;
    // The first time at once: tunnels may rely on it.
    entry = voids > 1 ? Optional.of(now.plus(pause(voids - 1))) : Optional.empty();
  }

  /** No stake is to be entered before it. */
  Optional<Instant> entry() {
    return entry;
  }

  /** A write was accepted. */
  void relax() {
    failures = 0;
    rejections = 0;
  }

  /** Nothing is to be asked before it. */
  Optional<Instant> until() {
    return until;
  }

  /** When the next answer is there at the latest, if there was none to the last question. */
  Optional<Instant> nextAnswer() {
    return silent ? until.map(it -> it.plusSeconds(StakeApi.TIMEOUT_SECONDS)) : Optional.empty();
  }

  private static Duration pause(int times) {
    return FIRST.multipliedBy(1L << Math.min(times - 1, MAX_DOUBLINGS));
  }
}
