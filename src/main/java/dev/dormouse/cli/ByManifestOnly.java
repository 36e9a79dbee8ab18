package dev.dormouse.cli;

import dev.dormouse.control.ManualControl;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** On a cluster nothing is woken or put to sleep here: what is wanted stands in the resource. */
final class ByManifestOnly implements ManualControl {
  private static final Answer REFUSED =
      new Answer.Refused(
          "on a cluster, ask the API server: kubectl dormouse, or dormouse wake --context");

  @Override
  public CompletableFuture<Answer> wake(ServiceId id, Optional<Duration> atLeast) {
    return CompletableFuture.completedFuture(REFUSED);
  }

  @Override
  public CompletableFuture<Answer> sleep(ServiceId id, Manner how) {
    return CompletableFuture.completedFuture(REFUSED);
  }
}
