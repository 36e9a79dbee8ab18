package dev.dormouse.kubernetes.pass;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;

/**
 * What an operator asks of the API server itself, not of a cache. Blocks, for seconds at most. A
 * request is sent once, never repeated by the client library. What goes wrong is a value.
 */
public interface OperatorApi {
  /** The object as it is now. */
  ApiResult<ServiceObject> get(ServiceId id);

  /** Applies a patch to the status subresource. */
  ApiResult<ServiceObject> patchStatus(ServiceId id, JsonPatch patch);

  /**
   * The scale of what runs for this service: the owned Deployment or the {@code scaleTargetRef}.
   */
  ApiResult<Scale> getScale(ServiceObject service);

  /**
   * Replaces the scale; {@link ApiResult.Rejected} unless its resource version is the present one.
   */
  ApiResult<Scale> putScale(ServiceObject service, Scale scale);
}
