package dev.dormouse.kubernetes.activator;

import io.fabric8.kubernetes.client.Config;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where an activator runs and what it serves.
 *
 * @param cluster how the API server is reached
 * @param watched the one namespace whose services it serves; empty for all
 * @param namespace its own: of its Lease
 * @param name of its pod, and of its Lease
 * @param podUid empty if it is no pod
 * @param trustedProxies what stands between clients and it, in CIDR notation
 * @param lease how long its Lease lasts without renewal
 */
public record ActivatorRole(
    Config cluster,
    Optional<String> watched,
    String namespace,
    String name,
    Optional<String> podUid,
    Optional<String> region,
    String clusterDomain,
    List<String> trustedProxies,
    Duration lease) {}
