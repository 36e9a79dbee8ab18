package dev.dormouse.kubernetes.objects;

/**
 * What pods of a cluster get that declares nothing else.
 *
 * @param region for the variable REGION
 * @param anyAddress for the variable HOST: all addresses of a pod, as they are on this cluster
 * @param sleepAction whether the cluster has {@code preStop.sleep}
 */
public record PodDefaults(String region, String anyAddress, boolean sleepAction) {
  /** Where a server listens on all IPv4 addresses. */
  public static final String ANY_IPV4 = "0.0.0.0";

  /** All of IPv6 and, where a pod has both, of IPv4. */
  public static final String ANY_IPV6 = "::";
}
