package dev.dormouse.kubernetes.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the status keeps the routes that a service has. */
class HeldRouteTest {
  private static final HeldRoute CABLE =
      new HeldRoute("h.example", "/cable", Instant.parse("2026-05-01T12:00:00.123Z"));
  private static final String STATUS =
      """
      phase: Dormant
      epoch: 1
      stakes: {}
      """;

  @Test
  void whatIsWrittenIsRead() throws JsonProcessingException {
    StatusDocument held = status(STATUS).withHeld(List.of(CABLE));
    assertThat(StatusDocument.read(held.toJson()).orElseThrow()).isEqualTo(held);
    assertThat(StatusDocument.held(held.toJson())).containsExactly(CABLE);
  }

  @Test
  void whoHasNoneHasNoSuchField() throws JsonProcessingException {
    assertThat(status(STATUS).toJson().has("claims")).isFalse();
  }

  @Test
  void onlyAChangeIsWritten() throws JsonProcessingException {
    ServiceObject without = object(STATUS);
    StatusDocument status = without.status().orElseThrow();
    StatusDocument held = status.withHeld(List.of(CABLE));
    assertThat(StatusPatches.write(without, status.withHeld(List.of()))).isEmpty();
    assertThat(StatusPatches.write(without, held).orElseThrow().toString())
        .contains("\"op\":\"test\",\"path\":\"/metadata/resourceVersion\"")
        .contains("\"op\":\"add\",\"path\":\"/status/claims\"");
    ServiceObject with = without.withStatus(held);
    assertThat(StatusPatches.write(with, held)).isEmpty();
    assertThat(StatusPatches.write(with, held.withHeld(List.of())).orElseThrow().toString())
        .contains("{\"op\":\"remove\",\"path\":\"/status/claims\"}");
  }

  @Test
  void whatCannotBeReadCountsAsAbsent() throws JsonProcessingException {
    JsonNode claims =
        yaml(
            """
            claims:
            - {host: h.example, path: /a}
            - {host: h.example, since: '2026-05-01T12:00:00Z'}
            - {host: h.example, path: /a, since: soon}
            - {host: [h], path: /a, since: '2026-05-01T12:00:00Z'}
            - nothing
            """);
    assertThat(StatusDocument.held(claims)).isEmpty();
    assertThat(StatusDocument.held(yaml("claims: 7"))).isEmpty();
    assertThat(StatusDocument.held(yaml("{}"))).isEmpty();
  }

  private static StatusDocument status(String text) throws JsonProcessingException {
    return StatusDocument.read(yaml(text)).orElseThrow();
  }

  private static ServiceObject object(String status) throws JsonProcessingException {
    return ServiceObject.read(
        yaml(
            "metadata: {namespace: shop, name: a, uid: u, resourceVersion: '1', generation: 1}\n"
                + "status:\n"
                + status.indent(2)));
  }

  private static JsonNode yaml(String text) throws JsonProcessingException {
    return new ObjectMapper(new YAMLFactory()).readTree(text);
  }
}
