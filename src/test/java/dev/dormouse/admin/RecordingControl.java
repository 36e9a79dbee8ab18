package dev.dormouse.admin;

import dev.dormouse.control.ManualControl;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what was asked for, and answers what it was told to. */
final class RecordingControl implements ManualControl {
  final List<String> asked = new CopyOnWriteArrayList<>();
  volatile Answer answer = new Answer.Accepted("as you say");

  @Override
  public CompletableFuture<Answer> wake(ServiceId id, Optional<Duration> atLeast) {
    asked.add("wake " + id + " " + atLeast.map(Duration::toString).orElse("-"));
    return CompletableFuture.completedFuture(answer);
  }

  @Override
  public CompletableFuture<Answer> sleep(ServiceId id, Manner how) {
    asked.add("sleep " + id + " drain=" + how.drain() + " stop=" + how.stop());
    return CompletableFuture.completedFuture(answer);
  }
}
