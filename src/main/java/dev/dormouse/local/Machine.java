package dev.dormouse.local;

import dev.dormouse.core.ServiceId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/** What all services of this machine share. */
record Machine(
    LocalSettings settings,
    StateFiles files,
    ProcFs proc,
    InstantSource clock,
    ScheduledExecutorService control,
    Consumer<ServiceId> changed) {
  Instant now() {
    return clock.instant();
  }
}
