package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One manifest in two regions, of which one serves the clients of both. */
class ServedByIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();

  @Test
  void aTunnelLeadsToTheDormouseOfTheOtherRegionWhichWakesIt() throws IOException {
    try (var lhr = machine("lhr", Map.of(), "");
        var iad = machine("iad", Map.of(), ", upstream: 'ws://127.0.0.1:" + lhr.port + "'")) {
      var socket = iad.open("/cable");
      socket.join();
      assertThat(lhr.service("echo").path("connections").asInt()).isEqualTo(1);
      assertThat(iad.service("echo").at("/conditions/1/reason").asText())
          .isEqualTo("ServedElsewhere");
      assertThat(iad.starts("echo")).isZero();
      socket.join().abort();
      lhr.awaitPhase("echo", "Dormant");
      assertThat(EchoServer.running(word)).isEmpty();
    }
  }

  @Test
  @Tag("P1")
  void onFlyTheProxyIsAskedToReplayButNeverWhatItHasReplayed() throws IOException {
    var env = Map.of("FLY_APP_NAME", "showcase", "FLY_REGION", "iad");
    Path state = scratch.resolve("state");
    try (var iad = new Machine(env, declare("fly", ""), state)) {
      JsonNode sent = refused(iad, "{}");
      assertThat(sent.at("/headers/fly-replay").asText()).isEqualTo("region=lhr");
      JsonNode back = refused(iad, "{\"headers\":{\"fly-replay-src\":\"instance=1;region=lhr\"}}");
      assertThat(back.path("status").asInt()).isEqualTo(503);
      assertThat(back.path("headers").has("fly-replay")).isFalse();
      assertThat(back.path("body").asText()).contains("served-elsewhere");
      assertThat(iad.starts("echo")).isZero();
    }
  }

  private static JsonNode refused(Machine machine, String options) throws IOException {
    try (var client =
        Child.node(Map.of(), "ws-client.mjs", machine.socketUri("/cable").toString(), options)) {
      return JSON.readTree(client.await("\"socket-refused\""));
    }
  }

  private Machine machine(String region, Map<String, String> env, String upstream)
      throws IOException {
    return new Machine(
        env,
        declare(region, upstream),
        scratch.resolve("state-" + region),
        "--region",
        region,
        "--allow-upstream",
        "127.0.0.1");
  }

  private Path declare(String name, String upstream) throws IOException {
    return Files.writeString(
        scratch.resolve(name + ".yaml"),
        EchoServer.service(
            "echo",
            word,
            "  path: /cable\n  idleTimeout: 300ms\n  shutdown: {drain: 0s}\n"
                + "  regions: {iad: {servedBy: {region: lhr"
                + upstream
                + "}}}\n"));
  }
}
