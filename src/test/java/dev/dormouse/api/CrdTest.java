package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** With {@code -Dcrd.write} it writes what it otherwise compares. */
final class CrdTest {
  @Test
  void theCommittedDefinitionIsWhatTheSchemaSays() throws IOException {
    if (System.getProperty("crd.write") != null) {
      Files.createDirectories(CrdWriter.FILE.toAbsolutePath().getParent());
      Files.writeString(CrdWriter.FILE, CrdWriter.text());
    }
    assertThat(CrdWriter.FILE)
        .as("write it anew: mvn -q test -Dtest=CrdTest -Dcrd.write -P-gates")
        .hasContent(CrdWriter.text());
  }

  @Test
  void everyFieldSaysWhatItIs() {
    var root = CrdWriter.definition().at("/spec/versions/0/schema/openAPIV3Schema");
    assertThat(undescribed("", root).toList()).containsExactly(".metadata");
  }

  /** Else an API server does not take the definition at all. */
  @Test
  void everyDefaultIsSoundByItsOwnSchema() {
    assertThat(new CrdCheck().unsoundDefaults()).isEmpty();
  }

  private static Stream<String> undescribed(String path, JsonNode schema) {
    boolean scalarItem = path.endsWith("[]") && !schema.path("type").asText().equals("object");
    Stream<String> own =
        schema.path("description").asText().isBlank() && !path.isEmpty() && !scalarItem
            ? Stream.of(path)
            : Stream.of();
    Stream<String> below =
        schema.path("properties").properties().stream()
            .flatMap(it -> undescribed(path + "." + it.getKey(), it.getValue()));
    return Stream.of(
            own,
            below,
            item(path + "[]", schema.path("items")),
            item(path + "{}", schema.path("additionalProperties")))
        .flatMap(it -> it);
  }

  private static Stream<String> item(String path, JsonNode schema) {
    return schema.isObject() ? undescribed(path, schema) : Stream.of();
  }

  /** kubectl shows times as ages, and those that lie ahead as invalid. */
  @Test
  void printedConditionsAreTrueOrFalseAndTimesAges() {
    JsonNode columns = CrdWriter.definition().at("/spec/versions/0/additionalPrinterColumns");
    for (JsonNode column : columns) {
      String path = column.path("jsonPath").asText();
      boolean condition = path.contains("conditions");
      assertThat(
              !condition
                  || path.endsWith(".status")
                  || column.path("name").asText().equals("Reason"))
          .as(path)
          .isTrue();
      boolean past = path.endsWith("Since") || path.endsWith(".time") || path.endsWith("Timestamp");
      assertThat(column.path("type").asText().equals("date")).as(path).isEqualTo(past);
    }
  }
}
