package dev.dormouse.kubernetes.operator;

/** What objects are called, labelled and found by. */
final class Names {
  /** Names the writer of what is applied. */
  static final String MANAGER = "dormouse-operator";

  static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  static final String DORMOUSE = "dormouse";

  /** The service that a Deployment, a pod, a Service, an EndpointSlice or a scale target is of. */
  static final String SERVICE = "dormouse.dev/service";

  /** The revision of the spec that a pod was made from. */
  static final String REVISION = "dormouse.dev/revision";

  /** A digest of all that a Deployment was applied with: says whether it is to be applied again. */
  static final String APPLIED = "dormouse.dev/applied";

  /** The replicas that a scale target was found with. */
  static final String REPLICAS = "dormouse.dev/replicas";

  /** Keeps a service whose scale target has not got its replicas back. */
  static final String FINALIZER = "dormouse.dev/replicas";

  /** Names the container that matters; kubectl reads it, too. */
  static final String MAIN_CONTAINER = "kubectl.kubernetes.io/default-container";

  /** The container that a spec is laid over, if the template has no other. */
  static final String CONTAINER = "main";

  static final String SLICE_MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  static final String SLICE_SERVICE = "kubernetes.io/service-name";

  private Names() {}
}
