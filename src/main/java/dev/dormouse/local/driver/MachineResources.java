package dev.dormouse.local.driver;

import dev.dormouse.control.FreezeListener;
import dev.dormouse.core.ServiceId;
import dev.dormouse.local.freeze.Freezer;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.Signals;
import dev.dormouse.local.state.LocalSettings;
import dev.dormouse.local.state.StateFiles;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/** What all services of this machine share. */
record MachineResources(
    LocalSettings settings,
    StateFiles files,
    ProcFs proc,
    InstantSource clock,
    ScheduledExecutorService control,
    Consumer<ServiceId> changed,
    Signals signals,
    Freezer freezer,
    FreezeListener freezes) {
  Instant now() {
    return clock.instant();
  }
}
