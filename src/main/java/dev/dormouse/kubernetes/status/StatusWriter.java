package dev.dormouse.kubernetes.status;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceStatus.Wake;
import dev.dormouse.kubernetes.status.StatusDocument.Published;
import dev.dormouse.kubernetes.status.StatusDocument.StatusCondition;
import java.util.Map;
import java.util.TreeMap;

/** Writes {@code status}. */
final class StatusWriter {
  private StatusWriter() {}

  static ObjectNode write(StatusDocument of) {
    ObjectNode status = object();
    status.put("phase", of.phase().word());
    status.put("epoch", of.epoch());
    if (!of.endpoints().isEmpty()) {
      ArrayNode endpoints = status.putArray("endpoints");
      of.endpoints().forEach(it -> endpoints.add(endpoint(it)));
    }
    // Activators of the version before read this one.
    of.endpoint().ifPresent(it -> status.set("endpoint", endpoint(it)));
    status.put("connections", of.connections());
    status.put("waiting", of.waiting());
    of.quietSince().ifPresent(it -> status.put("quietSince", it));
    of.nextStopTime().ifPresent(it -> status.put("nextStopTime", it.toString()));
    of.lastWake().ifPresent(it -> status.set("lastWake", wake(it)));
    of.failure().ifPresent(it -> status.set("failure", failure(it)));
    of.region().ifPresent(it -> status.put("region", it));
    of.stakes().ifPresent(it -> status.set("stakes", stakes(it)));
    if (!of.held().isEmpty()) {
      ArrayNode claims = status.putArray("claims");
      of.held().forEach(it -> claims.add(held(it)));
    }
    ArrayNode conditions = status.putArray("conditions");
    of.conditions().forEach(it -> conditions.add(condition(it)));
    status.put("observedGeneration", of.observedGeneration());
    return status;
  }

  static ObjectNode stake(Stake of) {
    ObjectNode stake =
        object()
            .put("session", of.session())
            .put("seq", of.seq())
            .put("connections", of.connections());
    of.complaint()
        .ifPresent(
            it ->
                stake.put(
                    it.reason() == FailureReason.UNREACHABLE ? "unreachable" : "deaf", it.pod()));
    return stake;
  }

  private static ObjectNode stakes(Map<String, Stake> of) {
    ObjectNode stakes = object();
    new TreeMap<>(of).forEach((key, stake) -> stakes.set(key, stake(stake)));
    return stakes;
  }

  private static ObjectNode held(HeldRoute of) {
    return object()
        .put("host", of.host())
        .put("path", of.path())
        .put("since", of.since().toString());
  }

  private static ObjectNode endpoint(Published of) {
    ObjectNode endpoint =
        object()
            .put("address", of.address())
            .put("port", of.port())
            .put("podUID", of.podUid())
            .put("epoch", of.epoch());
    return of.draining() ? endpoint.put("draining", true) : endpoint;
  }

  private static ObjectNode wake(Wake of) {
    ObjectNode wake = object().put("time", of.time().toString()).put("reason", of.reason().word());
    of.latency().ifPresent(it -> wake.put("latencyMs", it.toMillis()));
    return wake;
  }

  private static ObjectNode failure(Failure of) {
    return object()
        .put("count", of.count())
        .put("reason", StatusReader.word(of.reason()))
        .put("message", of.message())
        .put("time", of.at().toString())
        .put("nextRetryTime", of.nextRetry().toString());
  }

  private static ObjectNode condition(StatusCondition of) {
    return object()
        .put("type", of.type())
        .put("status", of.status())
        .put("reason", of.reason())
        .put("message", of.message())
        .put("lastTransitionTime", of.lastTransitionTime().toString())
        .put("observedGeneration", of.observedGeneration());
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
