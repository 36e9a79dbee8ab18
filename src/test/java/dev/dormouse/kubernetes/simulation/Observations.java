package dev.dormouse.kubernetes.simulation;

import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Workload;
import dev.dormouse.kubernetes.pass.Leases;
import dev.dormouse.kubernetes.pass.ObservedWorkload;
import dev.dormouse.kubernetes.pass.PassMemory;
import dev.dormouse.kubernetes.pass.PodMemory;
import dev.dormouse.kubernetes.pass.Workloads.View;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What one operator makes of the pods that it sees one after the other, below one status. */
public final class Observations {
  private final ServiceSpec spec;
  private final MutableClock clock = new MutableClock();
  private final PassMemory memory = new PassMemory("u", new Leases(clock, Duration.ofSeconds(15)));
  private final List<String> mishaps = new ArrayList<>();

  /** An operator that has seen nothing yet. */
  public Observations(ServiceSpec spec) {
    this.spec = spec;
  }

  /** By its clock. */
  public Instant now() {
    return clock.instant();
  }

  /** What this amounts to; the status as JSON. */
  public Workload see(String status, View view) {
    StatusDocument document =
        StatusDocument.read(Documents.json(status)).orElseThrow(IllegalArgumentException::new);
    var moments = memory.moments(document, view, clock.instant());
    Optional<PodMemory.Mishap> mishap = memory.mishap();
    mishap.ifPresent(
        it -> {
          mishaps.add(it.reason() + " " + it.message());
          memory.told(it);
        });
    return new ObservedWorkload(document, view, spec, moments, clock.instant()).workload();
  }

  /** What was to be told on the way. */
  public List<String> mishaps() {
    return mishaps;
  }
}
