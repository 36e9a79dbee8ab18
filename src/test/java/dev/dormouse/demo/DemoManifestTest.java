package dev.dormouse.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class DemoManifestTest {
  private static final List<String> ORIGINS = List.of("http://127.0.0.1:9090", "http://[::1]:9090");

  @Test
  void describesASmallCableThatSleepsSoon() throws IOException {
    var manifest = read(DemoManifest.yaml(Path.of("/jdk/bin/java"), "/app/lib/*", ORIGINS));

    assertThat(manifest.path("apiVersion").asText()).isEqualTo("dormouse.dev/v1alpha1");
    assertThat(manifest.path("kind").asText()).isEqualTo("OnDemandService");
    assertThat(manifest.path("metadata").toString())
        .isEqualTo("{\"namespace\":\"default\",\"name\":\"cable\"}");
    var spec = manifest.path("spec");
    assertThat(texts(spec.path("command")))
        .containsExactly(
            "/jdk/bin/java",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx32m",
            "-Xshare:auto",
            "-cp",
            "/app/lib/*",
            "dev.dormouse.demo.SampleCable");
    assertThat(spec.path("env").toString())
        .isEqualTo("[{\"name\":\"BOOT_DELAY_MS\",\"value\":\"1500\"}]");
    assertThat(spec.path("port").isInt()).isTrue();
    assertThat(spec.path("port").asInt()).isZero();
    assertThat(spec.path("path").asText()).isEqualTo("/cable");
    assertThat(spec.path("idleTimeout").asText()).isEqualTo("10s");
    assertThat(spec.path("minimumUptime").asText()).isEqualTo("3s");
    assertThat(spec.at("/startup/timeout").asText()).isEqualTo("20s");
    assertThat(texts(spec.at("/access/allowedOrigins"))).isEqualTo(ORIGINS);
  }

  @Test
  void keepsEveryCharacterOfAPath() throws IOException {
    String odd = "C:\\jdk \"25\"\t'x': #{}[]&*!|>%@`, \u00e9\u2028\ud83d\udc2d/lib";
    var manifest = read(DemoManifest.yaml(Path.of("/a b/java"), odd, ORIGINS));

    assertThat(texts(manifest.at("/spec/command"))).contains("/a b/java", odd);
  }

  @Test
  void escapesWhatWouldBeExpanded() throws IOException {
    var manifest = read(DemoManifest.yaml(Path.of("/java"), "/home/$(PORT)/x$y", ORIGINS));

    assertThat(texts(manifest.at("/spec/command"))).contains("/home/$$(PORT)/x$y");
  }

  private static JsonNode read(String yaml) throws IOException {
    return new YAMLMapper().readTree(yaml);
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }
}
