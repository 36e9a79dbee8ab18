package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files of {@code manifests/fly/behind-navigator}, on free ports and with the example's Puma in
 * place of an app's, behind a stand-in that does what Navigator does.
 */
class NavigatorIT {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Path FILES = BASE.resolve("manifests/fly/behind-navigator");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ORIGIN = "https://smooth-nav.fly.dev";

  /** In place of the machine's configuration file. */
  private static final String REDIS =
      "--port, '$(PORT)', --bind, 127.0.0.1, --save, '', --appendonly, 'no'";

  @TempDir Path scratch;
  private final int port = Machine.freePort();
  private final int dormousePort = Machine.freePort();
  private final int adminPort = Machine.freePort();
  private final HttpClient http = HttpClient.newHttpClient();
  private Path manifests = Path.of("unset");
  private Path navigator = Path.of("unset");

  /** Every Puma that there was. */
  private final Set<Long> seen = new HashSet<>();

  @BeforeEach
  void copyTheFiles() throws IOException {
    manifests = Files.createDirectory(scratch.resolve("manifests"));
    String cable =
        Files.readString(FILES.resolve("cable.yaml"))
            .replaceAll("(?s)  regions:.*", "") // an event may be on today
            .replace("/etc/redis/redis.conf", REDIS)
            .replace("port: 6379", "port: " + Machine.freePort())
            .replace("[bundle, exec, puma, ", "[puma, -e, production, -w, '0', ")
            .replace("cable/config.ru", "config.ru")
            .replace("/rails", BASE.resolve("manifests/examples/action-cable").toString());
    String redisPort = cable.replaceAll("(?s).*?port: (\\d+)  # ready once.*", "$1");
    Files.writeString(
        manifests.resolve("cable.yaml"),
        cable.replace(
                "{name: RAILS_ENV, value: production}",
                "{name: REDIS_URL, value: 'redis://127.0.0.1:"
                    + redisPort
                    + "/0'}\n    - {name: CABLE_ALLOWED_ORIGINS, value: '"
                    + ORIGIN
                    + "'}")
            + headServer());
    navigator =
        Files.writeString(scratch.resolve("navigator.json"), JSON.writeValueAsString(config()));
  }

  private static String headServer() {
    return """
    ---
    apiVersion: dormouse.dev/v1alpha1
    kind: OnDemandService
    metadata: {name: heads}
    spec: {command: [node, head-server.mjs, $(PORT)], workingDir: %s, port: 0, path: /heads}
    """
        .replace("%s", BASE.resolve("src/test/node").toString())
        .replace("$(PORT)", "\"$(PORT)\"");
  }

  /** With the region's name where the configurator writes it, and one more route. */
  private JsonNode config() throws IOException {
    String text =
        Files.readString(FILES.resolve("navigator.yml"))
            .replace("listen: 3000", "listen: " + port)
            .replace("$FLY_REGION", "iad")
            .replaceAll("\\b28080\\b", "" + dormousePort)
            .replaceAll("\\b8081\\b", "" + adminPort) // not the end of 38081, a port above
            .replace("/opt/dormouse", System.getProperty("dormouse.home"))
            .replace("/rails/config/dormouse", manifests.toString())
            .replace("/var/lib/dormouse", scratch.resolve("state").toString())
            .replace("working_dir: /rails", "working_dir: " + scratch);
    JsonNode config = new YAMLMapper().readTree(text);
    var routes = (ArrayNode) config.path("routes").path("reverse_proxies");
    ObjectNode heads = routes.path(0).deepCopy();
    heads.put("path", "^/showcase(/heads)$");
    routes.add(heads);
    return config;
  }

  /** Navigator kills Dormouse: what it left is taken over once more, and stopped. */
  @AfterEach
  void stopWhatIsLeft() {
    try (var machine = new Machine(manifests, scratch.resolve("state"), "--region", "iad")) {
      assertThat(machine.child.terminate()).isZero();
    }
    assertThat(seen).allMatch(Child::hasEnded);
  }

  @Test
  @Tag("N1")
  @Tag("N8")
  void theFirstSocketsAreHeldAndNobodySeesA502() throws Exception {
    try (var nav = navigator()) {
      assertThat(puma()).isEmpty();
      var sockets =
          IntStream.range(0, 20)
              .mapToObj(i -> open(i % 2 == 0 ? "/showcase/regions/iad/cable" : "/showcase/cable"))
              .toList();
      for (Client client : sockets) {
        assertThat(client.join().getSubprotocol()).isEqualTo("actioncable-v1-json");
        assertThat(client.first.get(20, TimeUnit.SECONDS)).isEqualTo("{\"type\":\"welcome\"}");
      }
      assertThat(nav.lines().stream().filter(it -> it.contains("Puma starting"))).hasSize(1);
      assertThat(puma()).isPresent();
      assertThat(nav.lines()).noneMatch(line -> line.startsWith("502"));
    }
  }

  @Test
  @Tag("N2")
  void onlyTheExactPathsOfThisRegionLeadToTheCable() {
    try (var nav = navigator()) {
      for (String path :
          List.of(
              "/showcase/regions/ord/cable",
              "/showcase/regions/iad/cable/x",
              "/showcase/demo/cable",
              "/showcase/cable/showcase/cable")) {
        assertThat(refusal(path)).as(path).isEqualTo(404);
      }
      // Redis is always on.
      assertThat(nav.lines())
          .noneMatch(line -> line.matches(".*/(cable|heads) dormant -> waking.*"));
    }
  }

  @Test
  @Tag("N3")
  @Tag("N4")
  @Tag("D39")
  void whatNavigatorSetsAndDoublesReachesTheServerOnce() throws Exception {
    try (var nav = navigator()) {
      Map<String, List<String>> heads =
          heads("Upgrade", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https");
      assertThat(heads.get("path")).containsExactly("/heads");
      assertThat(heads.get("x-forwarded-for")).containsExactly("203.0.113.9");
      assertThat(heads.get("x-forwarded-proto")).containsExactly("https");
      assertThat(heads.get("x-forwarded-host")).containsExactly("smooth-nav.fly.dev");

      Map<String, List<String>> doubled =
          heads(
              "keep-alive, Upgrade",
              "X-Forwarded-For: 203.0.113.9",
              "X-Forwarded-Proto: https, https");
      assertThat(doubled.get("x-forwarded-for")).containsExactly("203.0.113.9, 127.0.0.1");
      assertThat(doubled.get("x-forwarded-proto")).containsExactly("https");
      assertThat(doubled.get("x-forwarded-host")).containsExactly("smooth-nav.fly.dev");
      assertThat(nav.lines()).noneMatch(line -> line.startsWith("502"));
    }
  }

  @Test
  @Tag("D32")
  void aDormouseThatIsKilledIsFollowedByOneThatTakesThePumaOver() throws Exception {
    try (var nav = navigator()) {
      Client before = open("/showcase/cable");
      before.join();
      Optional<Long> puma = puma();
      assertThat(puma).isPresent();
      int since = nav.lines().size();
      long dormouse = pid(nav.await("started dormouse pid="));
      assertThat(ProcessHandle.of(dormouse).orElseThrow().destroyForcibly()).isTrue();
      before.closed.get(20, TimeUnit.SECONDS);
      assertThat(refusal("/showcase/cable")).as("between the two").isEqualTo(502);

      nav.awaitFrom(since, "listening on");
      Client after = open("/showcase/cable");
      after.join();
      assertThat(after.first.get(20, TimeUnit.SECONDS)).isEqualTo("{\"type\":\"welcome\"}");
      assertThat(puma()).isEqualTo(puma);
      assertThat(nav.lines().subList(since, nav.lines().size()))
          .noneMatch(line -> line.contains("dormant -> waking"));
    }
  }

  /** As Navigator ends: KILL to Dormouse, and the Puma is left for the next one. */
  @Test
  void aNavigatorThatStopsLeavesAPumaThatTheNextOneTakesOver() throws Exception {
    Optional<Long> puma;
    try (var nav = navigator()) {
      open("/showcase/cable").join();
      puma = puma();
      assertThat(nav.process().toHandle().destroy()).isTrue(); // its output stays open
      nav.await("ended dormouse SIGKILL");
      assertThat(nav.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(Child.hasEnded(puma.orElseThrow())).isFalse();
    try (var _ = navigator()) {
      open("/showcase/cable").join();
      assertThat(puma()).isEqualTo(puma);
    }
  }

  private Child navigator() {
    var child =
        Child.node(Map.of("FLY_REGION", "iad"), "navigator.mjs", navigator.toString()).outlived();
    child.await("listening on");
    child.await("navigator listens");
    return child;
  }

  private static long pid(String line) {
    return Long.parseLong(line.replaceAll(".*pid=(\\d+).*", "$1"));
  }

  /** The Puma, by what Dormouse says: its own command line is a title that it made up. */
  private Optional<Long> puma() throws IOException, InterruptedException {
    var about = URI.create("http://127.0.0.1:" + adminPort + "/services/default/action-cable");
    String body =
        http.send(HttpRequest.newBuilder(about).build(), HttpResponse.BodyHandlers.ofString())
            .body();
    JsonNode pid = JSON.readTree(body).path("pid");
    Optional<Long> puma = pid.isIntegralNumber() ? Optional.of(pid.asLong()) : Optional.empty();
    puma.ifPresent(seen::add);
    return puma;
  }

  private int refusal(String path) {
    try {
      open(path).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw e;
    }
    throw new AssertionError(path + " was not refused");
  }

  private Client open(String path) {
    var client = new Client();
    client.opened =
        http.newWebSocketBuilder()
            .subprotocols("actioncable-v1-json", "actioncable-unsupported")
            .header("Origin", ORIGIN)
            .header("X-Forwarded-Proto", "https")
            .buildAsync(URI.create("ws://127.0.0.1:" + port + path), client);
    return client;
  }

  /** The headers with which a handshake reaches the server, by name. */
  private Map<String, List<String>> heads(String connection, String... more) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      var head = new ArrayList<String>(List.of("GET /showcase/heads HTTP/1.1"));
      head.add("Host: smooth-nav.fly.dev");
      head.add("Connection: " + connection);
      head.add("Upgrade: websocket");
      head.add("Sec-WebSocket-Version: 13");
      head.add("Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==");
      head.addAll(List.of(more));
      socket
          .getOutputStream()
          .write((String.join("\r\n", head) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      var text = new StringBuilder();
      while (text.indexOf("]]") < 0) {
        int c = socket.getInputStream().read();
        assertThat(c).as(text.toString()).isNotNegative();
        text.append((char) c);
      }
      Map<String, List<String>> heads = new HashMap<>();
      JSON.readTree(text.substring(text.indexOf("[[")))
          .forEach(
              it ->
                  heads
                      .computeIfAbsent(it.path(0).asText(), _ -> new ArrayList<>())
                      .add(it.path(1).asText()));
      return heads;
    }
  }

  private static final class Client implements WebSocket.Listener {
    CompletableFuture<WebSocket> opened = new CompletableFuture<>();
    final CompletableFuture<String> first = new CompletableFuture<>();
    final CompletableFuture<String> closed = new CompletableFuture<>();

    WebSocket join() {
      return opened.orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Override
    public CompletableFuture<?> onText(WebSocket socket, CharSequence data, boolean last) {
      first.complete(data.toString());
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete("close " + code);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.complete("error " + error);
    }
  }
}
