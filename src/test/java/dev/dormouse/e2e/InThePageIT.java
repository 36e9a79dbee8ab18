package dev.dormouse.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script for web pages, with the real @rails/actioncable in Chromium and a real cable. */
class InThePageIT {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Path EXAMPLE = BASE.resolve("manifests/examples/action-cable");
  private static final String CLIENT =
      "src/test/node/node_modules/@rails/actioncable/app/assets/javascripts/actioncable.esm.js";

  /** Two consumers of one cable; each socket that one gets is a line. */
  private static final String RACE =
      """
      <ol id="sockets"></ol><p id="state"></p>
      <script type="module">
        import { createConsumer } from "@rails/actioncable";
        import { watch } from "/dormouse.js";
        for (const name of ["stock", "watched"]) {
          const consumer = createConsumer();
          consumer.subscriptions.create({ channel: "ScoresChannel", event: "a" }, {
            connected: () => document.querySelector("#sockets").append(" " + name),
          });
          if (name === "watched") watch(consumer);
        }
      </script>
      """;

  /** Polls often, and counts. */
  private static final String POLLING =
      """
      <p id="state"></p><p id="polls">0</p><p id="at"></p><button id="end">End</button>
      <script type="module">
        import { createConsumer } from "@rails/actioncable";
        import { watch } from "/dormouse.js";
        const consumer = createConsumer();
        consumer.subscriptions.create({ channel: "ScoresChannel", event: "a" });
        const text = (id, value) => (document.querySelector(id).textContent = value);
        let polls = 0;
        document.addEventListener("dormouse:state", ({ detail }) => {
          text("#state", [detail.state, detail.reason, detail.polling ? "polling" : "still"].join(" "));
          text("#at", detail.retryAt ? Math.round((detail.retryAt - Date.now()) / 60_000) + " minutes" : "");
        });
        document.addEventListener("dormouse:poll", ({ detail }) => text("#polls", ++polls + " " + detail.data.acorn));
        document.querySelector("#end").onclick = () => consumer.disconnect();
        watch(consumer, { poll: "/scores.json", pollEvery: 200 });
      </script>
      """;

  @TempDir Path scratch;
  private final Map<String, String> pages = new ConcurrentHashMap<>();
  private final AtomicInteger polls = new AtomicInteger();
  private final int redisPort = Machine.freePort();
  private HttpServer app;
  private Path manifests = Path.of("unset");
  private Path manifest = Path.of("unset");

  @BeforeEach
  void anAppWithPages() throws IOException {
    manifests = Files.createDirectory(scratch.resolve("manifests"));
    for (String file : List.of("app.rb", "config.ru")) {
      Files.copy(EXAMPLE.resolve(file), manifests.resolve(file));
    }
    String redis = Files.readString(EXAMPLE.resolve("redis.yaml"));
    Files.writeString(
        manifests.resolve("redis.yaml"), redis.replace("26380", String.valueOf(redisPort)));
    manifest = manifests.resolve("cable.yaml");
    app = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    app.createContext("/", this::page);
    app.start();
  }

  @AfterEach
  void theAppEnds() {
    app.stop(0);
  }

  @Test
  void theDocumentsExampleSaysWhyTheCableIsAwayAndIsLiveWhenItIsBack() throws Exception {
    String document = Files.readString(BASE.resolve("src/docs/in-the-page.md"));
    int start = document.indexOf("```html\n") + "```html\n".length();
    String example = document.substring(start, document.indexOf("```", start));
    write("activation: Disabled");
    try (var machine = new Machine(manifests, scratch.resolve("state"));
        var browser = new Browser()) {
      serve(machine, "/", example);
      var page = browser.open("page", "http://127.0.0.1:" + app.getAddress().getPort() + "/");
      page.see("#cable", "^Away \\(Disabled\\)$");
      await().until(() -> polls.get() > 0);
      assertThat(machine.service("cable").path("epoch").asInt()).isEqualTo(1);
      var foreign = browser.open("foreign", "http://localhost:" + app.getAddress().getPort() + "/");
      foreign.see("#cable", "^Nobody answers$").close();

      write("");
      page.see("#cable", "^Live$");
      assertThat(machine.starts("cable")).isOne();
    }
  }

  @Test
  void anOpenBreakerIsToldWithItsTimeAndPolledAroundUntilTheCableIsBack() throws Exception {
    write("command: [sh, -c, exit 3]", "retry: {breaker: {failures: 1, window: 10m}}");
    try (var machine = new Machine(manifests, scratch.resolve("state"));
        var browser = new Browser()) {
      serve(machine, "/", POLLING);
      var page = browser.open("page", "http://127.0.0.1:" + app.getAddress().getPort() + "/");
      page.see("#state", "^away StartFailed polling$").see("#at", "^(9|10) minutes$");
      page.see("#polls", "^[3-9] 7$");
      long starts = machine.starts("cable");
      JsonNode before = cable(machine);
      for (int i = 0; i < 50; i++) {
        assertThat(machine.get(machine.port, "/cable?dormouse=status").body())
            .contains("\"phase\":\"Failed\"");
      }
      assertThat(machine.service("cable").path("failure")).isEqualTo(before.path("failure"));
      assertThat(machine.starts("cable")).as("starts after looking").isEqualTo(starts).isOne();

      write("");
      machine.child.await("manifests changed");
      try (Child wake = ByHandCommands.run(machine, "wake", "cable")) {
        page.see("#state", "^connected  still$");
        wake.awaitEnd();
      }
      int polled = polls.get();
      long woken = machine.starts("cable");
      page.click("#end").see("#state", "^idle  still$");
      assertThat(polls.get()).as("polls after the socket was there").isLessThan(polled + 2);
      machine.awaitPhase("cable", "Dormant");
      assertThat(machine.starts("cable")).as("nobody wants it any more").isEqualTo(woken);
    }
  }

  @Test
  void afterARestartTheWatchedClientIsBackBeforeTheStockClientEvenTries() throws Exception {
    write("");
    try (var machine = new Machine(manifests, scratch.resolve("state"));
        var browser = new Browser()) {
      serve(machine, "/", RACE);
      var page = browser.open("page", "http://127.0.0.1:" + app.getAddress().getPort() + "/");
      page.see("#sockets", "^( stock watched| watched stock)$");
      write("args: [--tag, b]");
      page.see("#sockets", "(stock|watched) (stock|watched) watched stock$");
      assertThat(machine.starts("cable")).isEqualTo(2);
    }
  }

  @Test
  void lookingAtAnAsleepServiceLeavesItAsleep() throws Exception {
    write("");
    try (var machine = new Machine(manifests, scratch.resolve("state"))) {
      JsonNode before = cable(machine);
      for (int i = 0; i < 50; i++) {
        assertThat(machine.get(machine.port, "/cable?dormouse=status").body())
            .isEqualTo("{\"phase\":\"Dormant\",\"ready\":true,\"reason\":\"NoTraffic\"}");
        assertThat(machine.get(machine.port, "/dormouse.js").statusCode()).isEqualTo(200);
      }
      assertThat(cable(machine)).isEqualTo(before);
      assertThat(before.path("phase").asText()).isEqualTo("Dormant");
      assertThat(machine.starts("cable")).isZero();
    }
  }

  /** Without why Dormouse itself is awake: because somebody looks. */
  private static JsonNode cable(Machine machine) {
    return ((ObjectNode) machine.service("cable")).without("napObstacle");
  }

  private void write(String... more) throws IOException {
    String command =
        List.of(more).stream().anyMatch(line -> line.startsWith("command"))
            ? ""
            : "command: [puma, -q, -w, '0', -t, '1:2', -b, 'tcp://$(HOST):$(PORT)', config.ru]\n  ";
    Files.writeString(
        manifest,
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: cable}
        spec:
          port: 0
          path: /cable
          minimumUptime: 0s
          idleTimeout: 1s
          fallback: {script: true}
          dependsOn: [redis]
          shutdown: {drain: 500ms, gracePeriod: 3s}
        """
            + ("  access: {allowedOrigins: ['http://127.0.0.1:"
                + app.getAddress().getPort()
                + "']}\n")
            + ("  env: [{name: REDIS_URL, value: 'redis://127.0.0.1:" + redisPort + "/0'}]\n")
            + ("  " + command + String.join("\n  ", more) + "\n"));
  }

  /** A page whose import map leads to this machine's script. */
  private void serve(Machine machine, String path, String body) {
    String imports =
        "{\"@rails/actioncable\": \"/actioncable.js\", \"/dormouse.js\": \"http://127.0.0.1:%d/dormouse.js\"}"
            .replace("%d", String.valueOf(machine.port));
    pages.put(
        path,
        "<!doctype html><meta charset=utf-8><title>Page</title><meta name=action-cable-url"
            + " content=\""
            + machine.socketUri("/cable")
            + "\"><script type=importmap>{\"imports\": "
            + imports
            + "}</script>"
            + body);
  }

  private void page(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String type = "text/html";
    String body = pages.getOrDefault(path, "");
    if (path.equals("/actioncable.js")) {
      type = "text/javascript";
      body = Files.readString(BASE.resolve(CLIENT));
    } else if (path.equals("/scores.json")) {
      polls.incrementAndGet();
      type = "application/json";
      body = "{\"acorn\": 7}";
    }
    exchange.getResponseHeaders().set("Content-Type", type);
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(body.isEmpty() ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
