package dev.dormouse.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The shape of the resource: which fields exist and which of them are lists and mappings. What a
 * field may hold is checked by its reader.
 */
final class Schema {
  /** Every field: {@code []} marks a list, {@code {}} a mapping whose keys are free. */
  static final List<String> FIELDS =
      List.of(
          """
          apiVersion kind status{} metadata.name metadata.namespace metadata.labels{}
          metadata.annotations{} metadata.generateName metadata.uid metadata.resourceVersion
          metadata.generation metadata.creationTimestamp metadata.deletionTimestamp
          metadata.deletionGracePeriodSeconds metadata.selfLink metadata.finalizers{}
          metadata.ownerReferences{} metadata.managedFields{}
          spec.activation spec.command[] spec.args[] spec.workingDir
          spec.env[].name spec.env[].value spec.env[].valueFrom{}
          spec.port spec.path spec.routes[].host spec.routes[].path spec.routes[].upstreamPath
          spec.image spec.resources{} spec.template{}
          spec.scaleTargetRef.apiVersion spec.scaleTargetRef.kind spec.scaleTargetRef.name
          spec.idleTimeout spec.minimumUptime spec.sleep
          spec.startup.timeout spec.startup.hold spec.startup.maxWaiting spec.startup.handshake
          spec.startup.scheduling spec.startup.probe.tcp{} spec.startup.probe.http.path
          spec.shutdown.drain spec.shutdown.gracePeriod
          spec.retry.initial spec.retry.max spec.retry.breaker.failures spec.retry.breaker.window
          spec.keepalive.interval spec.keepalive.failureThreshold
          spec.access.allowedOrigins[] spec.access.maxConnections
          spec.access.maxConnectionsPerClient spec.access.trustedProxies[]
          spec.limits.maxFrame spec.limits.slowClient spec.headers.set{} spec.headers.remove[]
          spec.dependsOn[] spec.warm[].schedule spec.warm[].duration spec.warm[].timeZone
          spec.warm[].from spec.warm[].until
          spec.fallback.status spec.fallback.retryAfter spec.fallback.body
          spec.regions{} spec.servedBy.region spec.servedBy.upstream
          """
              .strip()
              .split("\\s+", -1));

  /** From the path of a mapping, marks included, to its keys and their paths. */
  private static final Map<String, Map<String, String>> KEYS = keys();

  private final Set<String> unsupported;

  Schema(Set<String> unsupported) {
    this.unsupported = unsupported;
  }

  private static Map<String, Map<String, String>> keys() {
    Map<String, Map<String, String>> keys = new LinkedHashMap<>();
    for (String field : FIELDS) {
      String parent = "";
      for (String step : field.split("\\.", -1)) {
        String path = parent.isEmpty() ? step : parent + "." + step;
        keys.computeIfAbsent(parent, _ -> new LinkedHashMap<>()).put(bare(step), path);
        parent = path;
      }
    }
    return keys;
  }

  private static String bare(String path) {
    return path.replace("[]", "").replace("{}", "");
  }

  /** Reports what is unknown, misshapen, empty or not supported in a field and below it. */
  void check(Field field, String path) {
    if (unsupported.contains(bare(path))) {
      field.problem("not supported yet");
    } else if (path.startsWith("metadata.")) {
      return; // name and namespace have a reader, the rest is the API server's business
    } else if (path.endsWith("[]")) {
      field.items().forEach(item -> checkOne(item, path));
    } else {
      checkOne(field, path);
    }
  }

  private void checkOne(Field field, String path) {
    Map<String, String> keys = KEYS.getOrDefault(path, Map.of());
    if (field.isNull()) {
      field.problem("has no value; give it one or remove it");
    } else if (!keys.isEmpty() || path.endsWith("{}")) {
      field.entries().forEach((key, child) -> checkEntry(keys, path, key, child));
    } else if (unsupported.contains(path + "=" + field.shown().replace("\"", ""))) {
      field.problem(field.shown() + " is not supported yet");
    }
  }

  private void checkEntry(Map<String, String> keys, String path, String key, Field child) {
    String childPath = keys.get(key);
    if (childPath != null) {
      check(child, childPath);
    } else if (!path.endsWith("{}")) {
      child.problem("is unknown" + Formats.didYouMean(key, keys.keySet()));
    }
  }
}
