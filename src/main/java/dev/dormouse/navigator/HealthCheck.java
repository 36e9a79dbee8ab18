package dev.dormouse.navigator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * Takes over what Navigator answers itself to a health check: an answer that wakes nothing. Without
 * a response of its own the check is the app's.
 */
record HealthCheck(Node check, Notes notes) {
  private static final int LEAST_STATUS = 200;
  private static final int GREATEST_STATUS = 599;

  /** Adds the answer to this service, unless one of its paths is that of the check. */
  void read(Draft draft) {
    Node response = check.at("response");
    Optional<String> path = check.at("path").text();
    if (path.isEmpty() || !response.present()) {
      return;
    }
    if (draft.routes.containsKey(path.get())) {
      notes.add(check.at("path"), "is a path of " + draft.name + ", too");
      return;
    }
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    status(response.at("status")).ifPresent(it -> answer.put("status", it));
    response.at("body").text().ifPresent(it -> answer.put("body", it));
    response
        .at("headers")
        .entries()
        .forEach(
            (name, value) -> {
              if (name.equalsIgnoreCase("content-type")) {
                value.text().ifPresent(it -> answer.put("contentType", it));
              } else {
                notes.add(value, "is left out: of the headers only Content-Type is taken over");
              }
            });
    draft.answers.put(path.get(), answer);
    draft.comment(
        check, path.get() + " is answered by Dormouse, as by Navigator: it wakes nothing");
  }

  private Optional<Integer> status(Node status) {
    int value = status.json().asInt(LEAST_STATUS);
    if (value >= LEAST_STATUS && value <= GREATEST_STATUS) {
      return status.present() ? Optional.of(value) : Optional.empty();
    }
    notes.add(status, "is no status of an answer; 200 is used");
    return Optional.empty();
  }
}
