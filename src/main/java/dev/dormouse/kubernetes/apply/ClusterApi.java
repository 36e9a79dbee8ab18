package dev.dormouse.kubernetes.apply;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.pass.OperatorApi;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import java.util.Optional;
import java.util.function.Function;

/** The operator's questions, asked of the API server. */
public final class ClusterApi implements OperatorApi {
  private final Api api;
  private final ScaleRequests scales;
  private final Catalog catalog;
  private final Deployments deployments;
  private final ReplicaConflicts contests;

  /** The protocol's requests by way of this API server. */
  public ClusterApi(Api api, Catalog catalog, Deployments deployments, ReplicaConflicts contests) {
    this.api = api;
    this.deployments = deployments;
    this.contests = contests;
    this.scales = new ScaleRequests(api);
    this.catalog = catalog;
  }

  @Override
  public ApiResult<ServiceObject> get(ServiceId id) {
    return ScaleRequests.join(api.get(OnDemandService.path(id)), ServiceObject::read);
  }

  @Override
  public ApiResult<ServiceObject> patchStatus(ServiceId id, JsonPatch patch) {
    String path = OnDemandService.path(id) + "/status?fieldManager=" + Names.MANAGER;
    return ScaleRequests.join(
        api.patch(path, Api.Patch.JSON, patch.operations()), ServiceObject::read);
  }

  @Override
  public ApiResult<Scale> getScale(ServiceObject service) {
    return catalog
        .standing(service.id())
        .effective()
        .map(deployments::scaleOf)
        .orElseGet(ApiResult.NotFound::new);
  }

  @Override
  public ApiResult<Scale> putScale(ServiceObject service, Scale scale) {
    ApiResult<Scale> put = onTarget(service, target -> scales.put(target, scale));
    if (put instanceof ApiResult.Ok<Scale>(Scale written)) {
      contests.wrote(service.id(), written);
    }
    return put;
  }

  private ApiResult<Scale> onTarget(
      ServiceObject service, Function<ScaleTarget, ApiResult<Scale>> request) {
    Optional<ScaleTarget> target = catalog.standing(service.id()).effective().map(ScaleTarget::of);
    return target.map(request).orElseGet(ApiResult.NotFound::new);
  }
}
