package dev.dormouse.kubernetes.pass;

/**
 * The scale subresource of a workload.
 *
 * @param resourceVersion of the workload: a write with another one is rejected
 */
public record Scale(String resourceVersion, int replicas) {}
