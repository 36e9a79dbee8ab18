package dev.dormouse.local;

import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.Action;
import dev.dormouse.core.Company;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.Workload;
import dev.dormouse.testing.FakeDriver;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A machine whose workloads exist in memory only. */
public final class MemoryDriver implements MachineDriver {
  public final FakeDriver fake;
  private final WorkloadDriver workloads;

  /** How often somebody looked at a workload: once a pass. */
  int looks;

  /** So many of the next looks end in a bug. */
  int bugs;

  /** A bug is an error, as a want of threads is. */
  boolean bugIsError;

  /** Why it cannot freeze. */
  Optional<String> obstacle = Optional.empty();

  public MemoryDriver(InstantSource clock) {
    this.fake = new FakeDriver(clock);
    this.workloads = fake;
  }

  /** The workloads of {@code fake}, as they appear through another driver. */
  public MemoryDriver(FakeDriver fake, WorkloadDriver workloads) {
    this.fake = fake;
    this.workloads = workloads;
  }

  public MemoryDriver observedBy(Consumer<ServiceId> changed) {
    fake.onChange(changed);
    return this;
  }

  @Override
  public Workload observe(ServiceId id) {
    looks++;
    if (bugs > 0) {
      bugs--;
      if (bugIsError) {
        throw new OutOfMemoryError("unable to create native thread");
      }
      throw new IllegalStateException("a bug");
    }
    return workloads.observe(id);
  }

  @Override
  public void apply(ServiceId id, ServiceSpec spec, Action action) {
    workloads.apply(id, spec, action);
  }

  @Override
  public Optional<ProcessUsage> usage(ServiceId id) {
    return Optional.empty();
  }

  @Override
  public List<String> tail(ServiceId id) {
    return List.of();
  }

  @Override
  public Optional<String> obstacle(ServiceId id, Sleep sleep) {
    return obstacle;
  }

  @Override
  public void declare(Map<ServiceId, ServiceSpec> specs) {}

  @Override
  public void answered(ServiceId id) {}

  @Override
  public void adopt(Map<ServiceId, ServiceSpec> specs, boolean resumed) {}

  @Override
  public boolean isSettled(ServiceId id) {
    return true;
  }

  @Override
  public boolean isSettled() {
    return true;
  }

  @Override
  public Optional<Long> child(ServiceId id) {
    return Optional.empty();
  }

  @Override
  public Optional<Path> output(ServiceId id) {
    return Optional.empty();
  }

  @Override
  public void broken(ServiceId id, FailureReason reason, String message) {
    throw new AssertionError("nobody reported " + id + " as broken: " + message);
  }

  @Override
  public CompletableFuture<Company> look(ServiceId id, ServiceSpec spec) {
    return CompletableFuture.completedFuture(fake.look(id));
  }

  @Override
  public void save() {}

  @Override
  public boolean isAtRest() {
    return true;
  }
}
