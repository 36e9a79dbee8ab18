package dev.dormouse.kubernetes.objects;

/** What objects are called, labelled and found by. */
public final class Names {
  /** Names the writer of what is applied. */
  public static final String MANAGER = "dormouse-operator";

  static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** The field manager, and the value of {@code app.kubernetes.io/managed-by}. */
  public static final String DORMOUSE = "dormouse";

  /** The service that a Deployment, a pod, a Service, an EndpointSlice or a scale target is of. */
  public static final String SERVICE = "dormouse.dev/service";

  /** The revision of the spec that a pod was made from. */
  public static final String REVISION = "dormouse.dev/revision";

  /** A digest of all that a Deployment was applied with: says whether it is to be applied again. */
  public static final String APPLIED = "dormouse.dev/applied";

  /** The replicas that a scale target was found with. */
  public static final String REPLICAS = "dormouse.dev/replicas";

  /** Keeps a service whose scale target has not got its replicas back. */
  public static final String FINALIZER = "dormouse.dev/replicas";

  /** Names the container that matters; kubectl reads it, too. */
  public static final String MAIN_CONTAINER = "kubectl.kubernetes.io/default-container";

  /** The container that a spec is laid over, if the template has no other. */
  public static final String CONTAINER = "main";

  static final String SLICE_MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  static final String SLICE_SERVICE = "kubernetes.io/service-name";

  private Names() {}
}
