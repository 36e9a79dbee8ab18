package dev.dormouse.kubernetes.simulation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Resources as the API server has them. */
public final class Documents {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  public static final String WHOLE_STATUS =
      """
      {"phase": "Active", "epoch": 7,
       "endpoints": [{"address": "10.1.2.3", "port": 28080, "podUID": "p-1", "epoch": 7}],
       "endpoint": {"address": "10.1.2.3", "port": 28080, "podUID": "p-1", "epoch": 7},
       "connections": 3, "waiting": 1,
       "quietSince": "2026-05-01T11:59:30.123Z", "nextStopTime": "2026-05-01T12:15:00Z",
       "lastWake": {"time": "2026-05-01T11:00:00.5Z", "reason": "Upgrade", "latencyMs": 3120},
       "failure": {"count": 2, "reason": "TimedOut", "message": "not ready within 30 s",
                   "time": "2026-05-01T10:00:00Z", "nextRetryTime": "2026-05-01T10:00:02Z"},
       "region": "iad",
       "stakes": {"a.1": {"session": "1", "seq": 4, "connections": 3},
                  "b.2": {"session": "2", "seq": 1, "connections": 0, "deaf": "p-0"}},
       "conditions": [
         {"type": "Ready", "status": "True", "reason": "Available", "message": "",
          "lastTransitionTime": "2026-05-01T11:00:00Z", "observedGeneration": 5},
         {"type": "Active", "status": "True", "reason": "Serving", "message": "",
          "lastTransitionTime": "2026-05-01T11:00:03Z", "observedGeneration": 5},
         {"type": "ServiceConflict", "status": "True", "reason": "NotOurs", "message": "x",
          "lastTransitionTime": "2026-05-01T11:00:03Z", "observedGeneration": 4}],
       "observedGeneration": 5}
      """;

  private Documents() {}

  public static ObjectNode json(String text) {
    try {
      return (ObjectNode) MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  public static ObjectNode resource(String status) {
    ObjectNode resource =
        json(
            """
            {"metadata": {"namespace": "shop", "name": "cable", "uid": "u-1",
                          "resourceVersion": "41", "generation": 5},
             "spec": {"port": 28080}}
            """);
    resource.set("status", json(status));
    return resource;
  }
}
