package dev.dormouse.kubernetes.activator;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.ApiResults;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.stake.StakeApi;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Stakes, at the API server. Waits for nothing: no thread is held while a request is under way. */
record ClusterStakes(Api api) implements StakeApi {
  private static final String MANAGER = "dormouse-activator";

  @Override
  public CompletionStage<ApiResult<ServiceObject>> get(ServiceId id) {
    return ApiResults.later(
        api.get(OnDemandService.path(id)).orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS),
        ServiceObject::read);
  }

  @Override
  public CompletionStage<ApiResult<ServiceObject>> patchStatus(ServiceId id, JsonPatch patch) {
    String path = OnDemandService.path(id) + "/status?fieldManager=" + MANAGER;
    return ApiResults.later(
        api.patch(path, Api.Patch.JSON, patch.operations())
            .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS),
        ServiceObject::read);
  }
}
