package dev.dormouse.kubernetes.stake;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import java.util.concurrent.CompletionStage;

/**
 * What an activator asks of the API server. A request is sent once, never repeated by the client
 * library, is answered within {@link #TIMEOUT_SECONDS}, and never completes exceptionally. Stages
 * may complete on any thread. Thread-safe.
 */
public interface StakeApi {
  /** After so long a request counts as {@link ApiResult.Unknown}. */
  int TIMEOUT_SECONDS = 5;

  /** The object as it is now: from the API server itself, not from a cache. */
  CompletionStage<ApiResult<ServiceObject>> get(ServiceId id);

  /** Applies a patch to the status subresource. */
  CompletionStage<ApiResult<ServiceObject>> patchStatus(ServiceId id, JsonPatch patch);
}
