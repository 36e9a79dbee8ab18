package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dormouse.api.schema.Json;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.ServedBy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RegionsTest {
  private static final String PATCHED =
      Reading.cable(
          "startup: {timeout: 40s, hold: 10s}",
          "args: [a, b]",
          "regions:",
          "  iad:",
          "    startup: {hold: 20s}",
          "    args: null",
          "  lhr: {servedBy: iad}");

  @TempDir Path directory;

  @Test
  void thePatchOfThisRegionIsMerged() {
    ServiceSpec spec = in(Optional.of("iad")).only(PATCHED).spec();
    assertThat(spec.startup().timeout()).isEqualTo(Duration.ofSeconds(40));
    assertThat(spec.startup().hold()).isEqualTo(Duration.ofSeconds(20));
    assertThat(spec.program().args()).isEmpty();
    assertThat(spec.servedBy()).isEmpty();
  }

  @Test
  void withoutAPatchOfItsOwnARegionHasTheSpecAsItIs() {
    for (Optional<String> region : Set.of(Optional.<String>empty(), Optional.of("fra"))) {
      ServiceSpec spec = in(region).only(PATCHED).spec();
      assertThat(spec.startup().hold()).isEqualTo(Duration.ofSeconds(10));
      assertThat(spec.program().args()).containsExactly("a", "b");
    }
  }

  @Test
  void aRegionCanBeServedByAnother() {
    assertThat(in(Optional.of("lhr")).only(PATCHED).spec().servedBy())
        .contains(new ServedBy("iad", Optional.empty()));
  }

  @Test
  void mistakesOfOtherRegionsAreFoundWhereTheyStand() {
    String text =
        Reading.cable(
            "startup:",
            "  hold: 20s",
            "regions:",
            "  lhr:",
            "    idleTimeout: 1 m",
            "    startup:",
            "      timeout: 10s",
            "  iad:",
            "    port: many");
    for (Optional<String> region : Set.of(Optional.<String>empty(), Optional.of("iad"))) {
      assertThat(in(region).problems(text))
          .containsExactly(
              "cable.yaml:10: spec.startup.hold: in region lhr: must be at most startup.timeout,"
                  + " was \"20s\"",
              "cable.yaml:13: spec.regions.lhr.idleTimeout: must be a duration such as 15m,"
                  + " was \"1 m\"",
              "cable.yaml:17: spec.regions.iad.port: must be an integer from 0 to 65535,"
                  + " was \"many\"");
    }
  }

  @Test
  void aMistakeOutsideThePatchesIsToldOnce() {
    assertThat(
            in(Optional.empty()).problems(Reading.cable("sleep: x", "regions: {iad: {}, lhr: {}}")))
        .containsExactly("cable.yaml:9: spec.sleep: must be Stop or Freeze or Doze, was \"x\"");
  }

  private Reading in(Optional<String> region) {
    return Reading.in(directory).with(ReaderContext.machine(region));
  }

  /** RFC 7386, appendix A. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"a":"b"}           | {"a":"c"}             | {"a":"c"}
          {"a":"b"}           | {"b":"c"}             | {"a":"b","b":"c"}
          {"a":"b"}           | {"a":null}            | {}
          {"a":"b","b":"c"}   | {"a":null}            | {"b":"c"}
          {"a":["b"]}         | {"a":"c"}             | {"a":"c"}
          {"a":"c"}           | {"a":["b"]}           | {"a":["b"]}
          {"a":{"b":"c"}}     | {"a":{"b":"d","c":null}} | {"a":{"b":"d"}}
          {"a":[{"b":"c"}]}   | {"a":[1]}             | {"a":[1]}
          ["a","b"]           | ["c","d"]             | ["c","d"]
          {"a":"b"}           | ["c"]                 | ["c"]
          {"a":"foo"}         | null                  | null
          {"a":"foo"}         | "bar"                 | "bar"
          {"e":null}          | {"a":1}               | {"e":null,"a":1}
          [1,2]               | {"a":"b","c":null}    | {"a":"b"}
          {}                  | {"a":{"bb":{"ccc":null}}} | {"a":{"bb":{}}}
          """)
  void mergesAsTheRfcSays(String target, String patch, String result) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode before = mapper.readTree(target);
    assertThat(Json.merge(before, mapper.readTree(patch))).isEqualTo(mapper.readTree(result));
    assertThat(before).isEqualTo(mapper.readTree(target));
  }
}
