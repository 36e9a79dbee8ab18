package dev.dormouse.kubernetes.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What the API server answered.
 *
 * @param body the object, or a {@code Status} that says what is wrong
 */
public record Reply(int code, JsonNode body) {
  /** It was done. */
  public boolean ok() {
    return code >= 200 && code < 300;
  }

  /** There is no such object. */
  public boolean missing() {
    return code == 404;
  }

  /** The object is not what was expected. */
  public boolean conflicts() {
    return code == 409;
  }

  /** For a log: what is wrong. */
  public String why() {
    return code + " " + body.path("message").asText("");
  }
}
