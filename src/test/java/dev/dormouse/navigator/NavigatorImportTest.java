package dev.dormouse.navigator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.EnvVar;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.ServiceSpec.OwnAnswer;
import dev.dormouse.core.ServiceSpec.Route;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NavigatorImportTest {
  private static final Optional<String> IAD = Optional.of("iad");

  @ParameterizedTest
  @ValueSource(strings = {"showcase", "on-demand", "example", "many", "seed"})
  void whatIsPrintedIsValidInEveryRegion(String config) {
    for (Optional<String> region : List.of(IAD, Optional.<String>empty())) {
      Imported imported = imported(config, region);
      for (String here : List.of("iad", "ord", "lhr")) {
        Manifests read = read(imported, here);
        assertThat(read.problems()).isEmpty();
        assertThat(read.services()).hasSize(imported.services());
      }
    }
  }

  @Test
  @Tag("P9")
  void theShowcaseCableWakesOnItsPathsAndAfterItsRedis() {
    assertThat(names("showcase")).containsExactlyInAnyOrder("action-cable", "redis");
    var cable = spec("showcase", "action-cable");
    assertThat(cable.activation()).isEqualTo(Activation.ON_DEMAND);
    assertThat(cable.routes())
        .containsExactly(
            route("/showcase/regions/{region}/cable", "/cable"),
            route("/showcase/cable", "/cable"),
            new Route(Optional.empty(), "/cable", Optional.empty()));
    assertThat(cable.program().command())
        .containsExactly(
            "bundle", "exec", "puma", "-b", "tcp://$(HOST):$(PORT)", "cable/config.ru");
    assertThat(cable.port()).hasValue(0);
    assertThat(cable.program().workingDir()).contains("/rails");
    assertThat(cable.program().env())
        .contains(new EnvVar("RAILS_APP_REDIS", "showcase_production"));
    assertThat(cable.dependsOn()).containsExactly("redis");
    assertThat(spec("showcase", "redis").activation()).isEqualTo(Activation.ALWAYS);
  }

  @Test
  @Tag("D31")
  void twoRoutesToOnePortAreOneService() {
    assertThat(names("on-demand")).containsExactlyInAnyOrder("cable", "redis");
    assertThat(spec("on-demand", "cable").routes()).hasSize(3);
  }

  @Test
  void theSeedsBlockIsTakenAsItIs() {
    var cable = spec("seed", "action-cable");
    assertThat(cable.idleTimeout()).isEqualTo(Duration.ofMinutes(15));
    assertThat(cable.startup().timeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(cable.headers().set()).isEmpty();
    assertThat(imported("seed", IAD).notes()).isEmpty();
  }

  @Test
  void whatNavigatorAnswersToAHealthCheckIsAnsweredHere() {
    String config =
        """
        server:
          health_check:
            path: /up
            response: {status: 299, body: fine, headers: {content-type: text/html, X-A: b}}
        routes:
          reverse_proxies:
          - path: ^/cable$
            target: http://127.0.0.1:28080
            websocket: true
            on_demand: {enabled: true, command: puma}
        """;
    Imported imported = NavigatorImport.translate("navigator.yml", config, IAD);
    var answer = new OwnAnswer(299, "fine", "text/html", OwnAnswer.When.ALWAYS);
    assertThat(read(imported, "iad").services().getFirst().spec().routes())
        .containsExactly(
            new Route(Optional.empty(), "/cable", Optional.empty()),
            new Route(Optional.empty(), "/up", Optional.empty(), Http.REFUSE, Optional.of(answer)));
    assertThat(imported.notes())
        .anyMatch(it -> it.contains("health_check.response.headers.X-A: is left out"));
    String theirs = config.replaceAll("(?m)^ *response.*\n", "");
    assertThat(NavigatorImport.translate("n.yml", theirs, IAD).manifests()).doesNotContain("/up");
  }

  @Test
  void whatCannotBeExpressedIsNamedWithItsLine() {
    assertThat(imported("on-demand", IAD).notes())
        .containsExactly(
            "on-demand.yml:17: routes.reverse_proxies[0].on_demand.priority: is unknown",
            "on-demand.yml:21: routes.reverse_proxies[0].headers.Host: is part of the handshake,"
                + " which is the client's own",
            "on-demand.yml:25: routes.reverse_proxies[1].on_demand: differs from what starts cable;"
                + " that one holds");
    assertThat(imported("many", IAD).notes())
        .anyMatch(it -> it.startsWith("many.yml:27: routes.reverse_proxies[3].target: is no plain"))
        .anyMatch(it -> it.startsWith("many.yml:29: routes.reverse_proxies[5].target: nothing in"))
        .anyMatch(it -> it.endsWith("[7].path: cannot be expressed: it has flags or assertions"))
        .anyMatch(it -> it.contains("[6].path: cannot be expressed: it matches more than single"))
        .anyMatch(it -> it.contains("prefix: only /live itself is taken over"))
        .anyMatch(it -> it.contains("routes.fly.replay[1]: stays with Navigator"))
        .anyMatch(it -> it.endsWith("managed_processes[4]: is Dormouse itself"));
    assertThat(imported("example", IAD).notes())
        .contains(
            "example.yml:2: cable: Navigator's own cable answers /cable first: set enabled: false");
  }

  @Test
  void commentsSayWhatWasDecidedAndWhere() {
    assertThat(imported("showcase", IAD).manifests())
        .contains("# port 0: any free one; Dormouse listens where it did, on 28080 (line 65)\n")
        .contains("# auto_restart: the next upgrade starts it again (line 73)\n")
        .contains("# start_delay 2s: nothing waits by the clock; see dependsOn (line 81)\n")
        .contains(
            "# X-Forwarded-For, -Proto and -Host are set anyway, each once (lines 41, 42, 43,");
  }

  @Test
  @Tag("N2")
  void aTargetIsRewrittenAsNavigatorDoesIt() {
    assertThat(spec("many", "chat-server").routes())
        .contains(route("/talk/rooms/{part1}/", "/rooms/{part1}"));
    assertThat(spec("many", "scores").routes()).containsExactly(route("/scores/cable", "/cable"));
    assertThat(spec("many", "live").routes()).contains(route("/live", "/socket/"));
    assertThat(spec("many", "live").headers().set()).containsEntry("X-Tenant", "$host-$$5");
    assertThat(spec("many", "live").program().command())
        .containsExactly("sh", "-c", "exec websocketd --port $(PORT) cat");
    assertThat(spec("many", "chat-server").program().env())
        .containsExactly(new EnvVar("NOTE", "$$(X)"));
  }

  @Test
  void aReplayOfAllClientsMakesOneRegionServeTheOthers() {
    var scores =
        read(imported("many", IAD), "ord").services().stream()
            .filter(it -> it.id().name().equals("scores"))
            .findFirst()
            .orElseThrow();
    assertThat(scores.spec().servedBy().orElseThrow().region()).isEqualTo("iad");
    assertThat(spec("many", "scores").servedBy()).isEmpty();
  }

  @Test
  void aRedisWithAFileOfItsOwnStaysInTheForegroundAndIsReadyOnceItListens() {
    var redis = spec("showcase", "redis");
    assertThat(redis.program().command())
        .containsExactly("redis-server", "/etc/redis/redis.conf", "--daemonize", "no");
    assertThat(redis.port()).hasValue(6379);
  }

  @Test
  void whatNavigatorWouldNotReadIsNamedToo() {
    String text =
        """
        cable: {enabled: false, redis: yes}
        routes:
          fly: {prefer: iad}
          reverse_proxies:
            - {path: ^/a$, target: "http://localhost:7000", websocket: true, timeout: 5s}
        managed_processes:
          - {name: a, command: ws, args: ["7000"], user: nobody}
        ---
        managed_processes: none
        """;
    assertThat(NavigatorImport.translate("x.yml", text, IAD).notes())
        .containsExactly(
            "x.yml:1: cable.redis: is unknown to Navigator",
            "x.yml:3: routes.fly.prefer: is unknown to Navigator",
            "x.yml:5: routes.reverse_proxies[0].timeout: is unknown to Navigator",
            "x.yml:7: managed_processes[0].user: is unknown to Navigator",
            "x.yml:9: Navigator reads the first document only");
    assertThat(NavigatorImport.translate("x.yml", "managed_processes: x", IAD).notes())
        .containsExactly("x.yml:1: managed_processes: is no list");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a: [", "- 1", "routes: 7\nmanaged_processes: x", "a: 1\n---\nb: 2"})
  void whatHoldsNothingGivesNothing(String text) {
    Imported imported = NavigatorImport.translate("x.yml", text, Optional.empty());
    assertThat(imported.services()).isZero();
    assertThat(imported.manifests()).isEmpty();
  }

  @Test
  void whatNavigatorAllowsAndManifestsDoNotIsLeftOutByName() {
    String text =
        text("seed")
            .replace("X-Forwarded-Host: $host", "'X Host': a")
            .replace("managed_processes:", "managed_processes:\n  - {name: x, command: y}");
    Imported imported = NavigatorImport.translate("x.yml", text, IAD);
    assertThat(imported.services()).isEqualTo(1);
    assertThat(imported.manifests()).contains("name: redis").doesNotContain("28080");
    assertThat(imported.notes())
        .anyMatch(it -> it.startsWith("x.yml:10: ") && it.contains("action-cable is left out: "));
  }

  /** Any file of a user's may be broken in any place. */
  @Test
  void brokenFilesNeverThrowAndNeverPrintWhatIsInvalid() {
    var random = new Random(4);
    for (String config : List.of("showcase", "on-demand", "many")) {
      String text = text(config);
      for (int i = 0; i < 400; i++) {
        var broken = new StringBuilder(text);
        for (int j = 0; j < 3; j++) {
          int at = random.nextInt(broken.length());
          broken.setCharAt(at, "\n :[](|)?*\\$-7a{".charAt(random.nextInt(16)));
        }
        Imported imported = NavigatorImport.translate("x.yml", broken.toString(), IAD);
        if (imported.services() > 0) {
          assertThat(read(imported, "iad").problems()).as(broken.toString()).isEmpty();
        }
      }
    }
  }

  private static Route route(String path, String upstream) {
    return new Route(Optional.empty(), path, Optional.of(upstream));
  }

  private static ServiceSpec spec(String config, String service) {
    return read(imported(config, IAD), "iad").services().stream()
        .filter(it -> it.id().name().equals(service))
        .findFirst()
        .orElseThrow()
        .spec();
  }

  private static List<String> names(String config) {
    return read(imported(config, IAD), "iad").services().stream()
        .map(it -> it.id().name())
        .toList();
  }

  private static Manifests read(Imported imported, String region) {
    return new ManifestReader(ReaderContext.machine(Optional.of(region)))
        .read(Path.of("printed.yaml"), imported.manifests());
  }

  private static Imported imported(String config, Optional<String> region) {
    return NavigatorImport.translate(config + ".yml", text(config), region);
  }

  private static String text(String config) {
    try (InputStream in = NavigatorImportTest.class.getResourceAsStream(config + ".yml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
