package dev.dormouse.control;

import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What people may ask of a service by hand. Nothing of it survives a restart. Thread-safe. */
public interface ManualControl {
  /**
   * Wakes a service, whatever its back-off and breaker say: its failures, and those of what it
   * depends on, are forgotten.
   *
   * @param atLeast how long to keep it awake from now on; if empty, the wake counts as one moment
   *     of demand: the idle timeout runs from ready
   * @return completed when the start has begun, not when it has succeeded
   */
  CompletableFuture<Answer> wake(ServiceId id, Optional<Duration> atLeast);

  /**
   * Ends a manual wake, and does now what idleness would do, if nobody is connected: stops the
   * service, or freezes it.
   */
  CompletableFuture<Answer> sleep(ServiceId id, Manner how);

  /**
   * How a service is put to sleep.
   *
   * @param drain close the sockets of those who are connected politely, instead of refusing; then
   *     it is stopped
   * @param stop stop it, though idleness would freeze it, or has
   */
  record Manner(boolean drain, boolean stop) {
    /** As idleness would. */
    public static final Manner IDLE = new Manner(false, false);
  }

  /** What becomes of a request, for people. */
  sealed interface Answer {
    /** It is being done. */
    record Accepted(String detail) implements Answer {}

    /** It must not be done as things stand. */
    record Refused(String why) implements Answer {}

    /** There is no such service. */
    record Unknown() implements Answer {}
  }
}
