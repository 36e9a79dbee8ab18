package dev.dormouse.api.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.core.ServiceSpec;
import java.util.List;
import java.util.Map;

/** What a spec means where it declares nothing. */
public final class Defaults {
  private Defaults() {}

  /** The fields that are not declared, with the values that they have. */
  public static ObjectNode missing(ServiceSpec spec, JsonNode declared) {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    all.put("activation", Formats.camel(spec.activation()));
    all.put("idleTimeout", Formats.text(spec.idleTimeout()));
    all.put("minimumUptime", Formats.text(spec.minimumUptime()));
    all.put("sleep", Formats.camel(spec.sleep()));
    all.putObject("doze")
        .put("after", Formats.text(spec.doze().after()))
        .put("heartbeat", Formats.camel(spec.doze().heartbeat()));
    startup(all.putObject("startup"), spec.startup());
    all.putObject("shutdown")
        .put("drain", Formats.text(spec.shutdown().drain()))
        .put("gracePeriod", Formats.text(spec.shutdown().gracePeriod()))
        .put("signal", spec.shutdown().signal().name());
    retry(all.putObject("retry"), spec.retry());
    all.putObject("keepalive")
        .put("interval", Formats.text(spec.keepalive().interval()))
        .put("failureThreshold", spec.keepalive().failureThreshold());
    ObjectNode access = all.putObject("access");
    access.put("maxConnections", spec.access().maxConnections());
    access.put("maxConnectionsPerClient", spec.access().maxConnectionsPerClient());
    spec.access().trustedProxies().forEach(access.putArray("trustedProxies")::add);
    all.putObject("limits")
        .put("maxHead", spec.limits().maxHead())
        .put("slowClient", Formats.text(spec.limits().slowClient()));
    all.putObject("fallback")
        .put("status", spec.fallback().status())
        .put("retryAfter", Formats.text(spec.fallback().retryAfter()))
        .put("script", spec.fallback().script());
    prune(all, declared);
    return all;
  }

  private static void startup(ObjectNode node, ServiceSpec.Startup startup) {
    node.put("timeout", Formats.text(startup.timeout()));
    node.put("hold", Formats.text(startup.hold()));
    node.put("maxWaiting", startup.maxWaiting());
    node.put("handshake", Formats.text(startup.handshake()));
    node.put("scheduling", Formats.text(startup.scheduling()));
  }

  private static void retry(ObjectNode node, ServiceSpec.Retry retry) {
    node.put("initial", Formats.text(retry.initial()));
    node.put("max", Formats.text(retry.max()));
    node.putObject("breaker")
        .put("failures", retry.breakerFailures())
        .put("window", Formats.text(retry.breakerWindow()));
  }

  /** Removes what is declared. */
  private static void prune(ObjectNode node, JsonNode declared) {
    List<String> keys = node.properties().stream().map(Map.Entry::getKey).toList();
    for (String key : keys) {
      if (node.path(key) instanceof ObjectNode inner) {
        prune(inner, declared.path(key));
        if (inner.isEmpty()) {
          node.remove(key);
        }
      } else if (declared.has(key)) {
        node.remove(key);
      }
    }
  }
}
