package dev.dormouse.kubernetes.simulation;

import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Surroundings;
import dev.dormouse.kubernetes.pass.Activators;
import dev.dormouse.kubernetes.pass.Leases;
import dev.dormouse.kubernetes.pass.OperatorApi;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.pass.ServicePass;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One run of one operator: its passes, its caches, and its connection to the API server. */
public final class SimOperator implements OperatorApi, Workloads, Activators {
  /** It dies in the middle of a pass. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("crash", null, false, false);
    }
  }

  /** What is noted of a start without a look: from a cache that is up to date, and that is not. */
  static final String KNOWS = " knows ";

  static final String BELIEVES = " believes ";

  final String name;
  final SimExecutor executor;
  public final Leases leases;
  boolean leads = true;
  boolean alive = true;
  int requests;
  private final ClusterSimWorld world;
  private final Release release;
  private final ServicePass passes;
  private ServiceObject cached;
  private ServiceObject newest;
  private View view;
  private SimCluster.SimWorkload workload;
  private SimCluster.SimWorkload newestWorkload;
  private boolean queued;
  private boolean inPass;
  private Optional<Future<?>> recheck = Optional.empty();

  SimOperator(ClusterSimWorld world, String name, Release release) {
    this.world = world;
    this.release = release;
    this.name = name;
    this.executor = new SimExecutor(world.clock);
    this.leases = new Leases(world.clock, ClusterSimWorld.LEASE);
    leases.healthy(true);
    this.passes =
        new ServicePass(new ServicePass.Tools(this, this, this, leases, Optional.of("iad")));
    this.cached = world.cluster.read(release, world.cluster.object());
    this.newest = cached;
    this.view = world.cluster.view();
    this.workload = world.cluster.workload();
    this.newestWorkload = workload;
    request();
  }

  /** A cache may go back, but not for ever. */
  void observe(ServiceObject seen) {
    ServiceObject object = world.cluster.read(release, seen);
    if (object.isOlderThan(newest)) {
      executor.after(world.latency(), () -> observe(newest));
    } else {
      newest = object;
    }
    cached = object;
    request();
  }

  void observePods() {
    view = world.cluster.view();
    request();
  }

  /** This cache, too. */
  void observe(SimCluster.SimWorkload seen) {
    boolean older = seen.isOlderThan(newestWorkload);
    newestWorkload = older ? newestWorkload : seen;
    if (older) {
      executor.after(world.latency(), () -> observe(newestWorkload));
    }
    workload = seen;
  }

  void request() {
    if (!queued) {
      queued = true;
      executor.execute(this::pass);
    }
  }

  private void pass() {
    if (!leads || inPass) {
      // What is asked for in the middle of a pass is done after it.
      queued &= inPass;
      return;
    }
    queued = false;
    inPass = true;
    recheck.ifPresent(it -> it.cancel(false));
    try {
      var around = Surroundings.plain(world.clock.instant());
      var result = passes.run(cached, world.spec, around, world.settled);
      world.passed(this, result);
      recheck =
          result
              .recheckAfter()
              .map(it -> executor.schedule(this::request, it.toNanos(), TimeUnit.NANOSECONDS));
    } catch (Crash _) {
      crash();
    } finally {
      inPass = false;
      if (queued) {
        executor.execute(this::pass);
      }
    }
  }

  void crash() {
    world.note(name, " is dead");
    alive = false;
    leads = false;
    executor.crash();
  }

  private <T> ApiResult<T> call(Object what, Supplier<ApiResult<T>> action) {
    requests++;
    world.interrupt(this);
    ClusterSimWorld.Fate fate = world.fate(false);
    world.note(name, " sends, ", fate, ": ", what);
    return switch (fate) {
      case DONE -> {
        var outcome = action.get();
        world.note(name, " is answered ", outcome.getClass().getSimpleName());
        world.interrupt(this);
        yield outcome;
      }
      case LOST -> new ApiResult.Unknown<>("time-out");
      case LATE -> {
        world.executor.after(world.lateness(), () -> world.late(what, action));
        yield new ApiResult.Unknown<>("time-out");
      }
      case UNANSWERED -> {
        var _ = action.get();
        yield new ApiResult.Unknown<>("time-out");
      }
    };
  }

  @Override
  public ApiResult<ServiceObject> get(ServiceId id) {
    return call(
        "reads", () -> new ApiResult.Ok<>(world.cluster.read(release, world.cluster.object())));
  }

  @Override
  public ApiResult<ServiceObject> patchStatus(ServiceId id, JsonPatch patch) {
    JsonPatch planted = release.written(world.bug.plantInOperator(patch));
    return call(patch, () -> world.cluster.read(release, world.cluster.patch(planted, patch)));
  }

  @Override
  public ApiResult<Scale> getScale(ServiceObject service) {
    return call("reads the scale", () -> new ApiResult.Ok<>(world.cluster.scale()));
  }

  @Override
  public ApiResult<Scale> putScale(ServiceObject service, Scale scale) {
    return call(
        scale, () -> world.cluster.put(world.bug.plantInScaleWrite(scale, world.cluster.scale())));
  }

  @Override
  public View view(ServiceObject service) {
    return view;
  }

  @Override
  public Optional<Scale> prepared(ServiceObject service, ServiceSpec spec) {
    Scale scale = workload.scale();
    if (scale.replicas() > 0 || !workload.revision().equals(spec.revision())) {
      return Optional.empty();
    }
    boolean current = scale.equals(world.cluster.scale());
    world.note(name, current ? KNOWS : BELIEVES, scale);
    return Optional.of(scale);
  }

  @Override
  public ApiResult<Scale> prepare(ServiceObject service, ServiceSpec spec) {
    return call("prepares", () -> world.cluster.prepare(spec.revision()));
  }

  @Override
  public Existence pod(String activator) {
    return world.bug.plantInExistence(
        world.activatorPods.contains(activator) ? Existence.EXISTS : Existence.GONE);
  }

  @Override
  public Optional<String> leaseSession(String activator) {
    return Optional.ofNullable(world.leaseSessions.get(activator));
  }

  @Override
  public String toString() {
    return name;
  }
}
