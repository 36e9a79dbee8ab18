package dev.dormouse.kubernetes.operator;

import static dev.dormouse.kubernetes.resource.Objects.service;
import static dev.dormouse.kubernetes.resource.Objects.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.resource.Validity.Broken;
import dev.dormouse.kubernetes.resource.Validity.Reason;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InvalidSpecTest {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
  private static final Broken BROKEN =
      new Broken(Reason.INVALID_SPEC, "spec.port: is required", Optional.empty());

  private final OnDemandService service = service("cable", 1, "{}");

  @Test
  void theFirstStatusOfABrokenObjectSaysOnlyThat() {
    JsonNode patch = InvalidSpec.patch(service, BROKEN, NOW).orElseThrow();
    assertThat(patch.path(0).path("path").asText()).isEqualTo("/metadata/resourceVersion");
    assertThat(patch.path(1).path("path").asText()).isEqualTo("/status");
    JsonNode ready = patch.path(1).path("value").path("conditions").path(0);
    assertThat(ready.path("status").asText()).isEqualTo("False");
    assertThat(ready.path("reason").asText()).isEqualTo("InvalidSpec");
    assertThat(ready.path("message").asText()).isEqualTo("spec.port: is required");
  }

  @Test
  void theRestOfAStatusStays() {
    service.setStatus(
        yaml(
            """
            phase: Active
            stakes: {a: {session: s}}
            conditions:
            - {type: Ready, status: "True"}
            - {type: Active, status: "True"}
            """));
    JsonNode patch = InvalidSpec.patch(service, BROKEN, NOW).orElseThrow();
    assertThat(patch.path(1).path("path").asText()).isEqualTo("/status/conditions");
    assertThat(patch.path(1).path("value").findValuesAsText("type"))
        .containsExactly("Ready", "Active");
  }

  @Test
  void whatIsSaidAlreadyIsNotWrittenAgain() {
    JsonNode first = InvalidSpec.patch(service, BROKEN, NOW).orElseThrow();
    service.setStatus((ObjectNode) first.path(1).path("value"));
    assertThat(InvalidSpec.patch(service, BROKEN, NOW.plusSeconds(60))).isEmpty();
    var worse = new Broken(Reason.INVALID_SPEC, "spec.image: is required", Optional.empty());
    JsonNode next = InvalidSpec.patch(service, worse, NOW.plusSeconds(60)).orElseThrow();
    assertThat(next.path(1).path("value").path(0).path("lastTransitionTime").asText())
        .isEqualTo("2026-05-01T12:00:00Z");
  }
}
