package dev.dormouse.kubernetes.pass;

import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.StatusDocument;

/** Raises and lowers the replicas of one workload. */
final class Scaler {
  private static final int TRIES = 3;

  private final OperatorApi api;
  private final Workloads workloads;
  private final PassMemory memory;

  Scaler(OperatorApi api, Workloads workloads, PassMemory memory) {
    this.api = api;
    this.workloads = workloads;
    this.memory = memory;
  }

  /** What the caches say, and later answers of the API server. */
  Workloads.View view(ServiceObject service) {
    return memory.correct(workloads.view(service));
  }

  /**
   * One replica, unless there is one. What a cache shows to be prepared is not read before it is
   * written: the write is rejected if anything has changed since, and then it is read after all.
   */
  ApiResult<Scale> raise(ServiceObject service, ServiceSpec spec) {
    return workloads
        .prepared(service, spec)
        .filter(memory::isNewest)
        .map(cached -> putOne(service, cached))
        .filter(Scaler::isSettled)
        .orElseGet(() -> raiseAsRead(service, spec));
  }

  /** False if the cache may have been behind. */
  private static boolean isSettled(ApiResult<Scale> raised) {
    return switch (raised) {
      case ApiResult.Ok<Scale> _, ApiResult.Unknown<Scale> _ -> true;
      case ApiResult.Rejected<Scale> _, ApiResult.NotFound<Scale> _ -> false;
    };
  }

  private ApiResult<Scale> raiseAsRead(ServiceObject service, ServiceSpec spec) {
    var prepared = workloads.prepare(service, spec);
    if (!(prepared instanceof ApiResult.Ok<Scale>(Scale scale))) {
      return prepared;
    }
    memory.scaled(scale);
    if (scale.replicas() > 0) {
      return prepared;
    }
    var raised = putOne(service, scale);
    return raised instanceof ApiResult.Rejected<Scale> rejected
        ? refused(service, scale, rejected)
        : raised;
  }

  private ApiResult<Scale> putOne(ServiceObject service, Scale before) {
    var raised = api.putScale(service, new Scale(before.resourceVersion(), 1));
    if (raised instanceof ApiResult.Ok<Scale>(Scale now)) {
      memory.scaled(now);
    }
    return raised;
  }

  /** Somebody else wrote, and the next pass sees what; or else such a write is not admitted. */
  private ApiResult<Scale> refused(
      ServiceObject service, Scale before, ApiResult.Rejected<Scale> rejected) {
    return api.getScale(service) instanceof ApiResult.Ok<Scale>(Scale now) && now.equals(before)
        ? rejected
        : new ApiResult.Unknown<>(rejected.why());
  }

  /**
   * No replicas, if the service is still stopping in this epoch. The scale is read before the
   * service: whoever starts it after the service was read has written a later scale, and this write
   * is rejected.
   */
  void lower(ServiceObject stopping) {
    for (int i = 0; i < TRIES && !isLow(stopping); i++) {}
  }

  /** True if there is nothing left to try. */
  private boolean isLow(ServiceObject stopping) {
    return switch (api.getScale(stopping)) {
      case ApiResult.Ok<Scale>(Scale scale) -> {
        memory.scaled(scale);
        yield scale.replicas() == 0 ? rests(stopping) : lower(stopping, scale);
      }
      case ApiResult.NotFound<Scale> _ -> rests(stopping);
      case ApiResult.Rejected<Scale> _, ApiResult.Unknown<Scale> _ -> true;
    };
  }

  private boolean lower(ServiceObject stopping, Scale scale) {
    if (!isStillStopping(stopping)) {
      return true;
    }
    return switch (api.putScale(stopping, new Scale(scale.resourceVersion(), 0))) {
      case ApiResult.Ok<Scale>(Scale lowered) -> {
        memory.scaled(lowered);
        yield rests(stopping);
      }
      case ApiResult.Rejected<Scale> _ -> false;
      case ApiResult.NotFound<Scale> _, ApiResult.Unknown<Scale> _ -> true;
    };
  }

  private boolean isStillStopping(ServiceObject stopping) {
    return api.get(stopping.id()) instanceof ApiResult.Ok<ServiceObject>(ServiceObject now)
        && now.uid().equals(stopping.uid())
        && now.status().filter(it -> it.phase() == Phase.STOPPING).isPresent()
        && epoch(now) == epoch(stopping);
  }

  private boolean rests(ServiceObject stopping) {
    memory.restedIn(epoch(stopping));
    return true;
  }

  private static long epoch(ServiceObject object) {
    return object.status().map(StatusDocument::epoch).orElse(0L);
  }
}
