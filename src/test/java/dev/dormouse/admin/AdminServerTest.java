package dev.dormouse.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.budget.Budget;
import dev.dormouse.budget.Budget.Kind;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin port over real HTTP. */
@Timeout(60)
class AdminServerTest {
  /** Threads that nothing here may need. */
  private static final String[] FORBIDDEN = {
    "parallel-", "boundedElastic-1", "globalEventExecutor", "prometheus"
  };

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123456Z");

  private final AdminPort port = new AdminPort();

  @AfterEach
  void close() {
    port.close();
  }

  @Test
  void isLiveAtOnceAndReadyOnlyWhileItSaysSo() throws Exception {
    assertThat(port.get("/livez").statusCode()).isEqualTo(200);
    assertThat(port.get("/readyz").statusCode()).isEqualTo(503);
    port.server.ready();
    assertThat(port.get("/readyz").statusCode()).isEqualTo(200);
    port.server.stopping();
    assertThat(port.get("/readyz").statusCode()).isEqualTo(503);
    port.server.ready(); // from a reload that was under way
    assertThat(port.get("/readyz").statusCode()).isEqualTo(503);
    assertThat(port.get("/livez").statusCode()).isEqualTo(200);
    assertThat(port.looks).hasValue(0);
  }

  @Test
  @Tag("D38")
  void tellsTheTimesThatPeoplesClocksShowAfterASuspend() throws Exception {
    port.views.add(Views.idle("cable", NOW, NOW.plusSeconds(900)));
    port.suspended.set(Duration.ofHours(8));

    JsonNode it = port.json("/services").get(0);

    Instant stop = NOW.plusSeconds(900).plus(Duration.ofHours(8));
    assertThat(it.path("nextStopTime").asText())
        .isEqualTo(stop.truncatedTo(ChronoUnit.MILLIS).toString());
  }

  @Test
  void tellsEveryFieldOfAServiceThatCountsDown() throws Exception {
    port.views.add(Views.idle("cable", NOW, NOW.plusSeconds(900)));

    JsonNode it = port.json("/services").get(0);

    assertThat(fields(it))
        .containsExactly(
            "name",
            "namespace",
            "activation",
            "region",
            "phase",
            "conditions",
            "epoch",
            "endpoint",
            "connections",
            "waiting",
            "quietSince",
            "nextStopTime",
            "lastWake",
            "pid",
            "processes",
            "memoryBytes",
            "awakeMemoryBytes",
            "savedBytes",
            "wakes",
            "savedByteSeconds");
    assertThat(it.toString())
        .startsWith(
            """
            {"name":"cable","namespace":"default","activation":"OnDemand","region":"iad",\
            "phase":"Active","conditions":[\
            {"type":"Ready","status":"True","reason":"Available","message":""},\
            {"type":"Active","status":"True","reason":"Serving","message":""}],"epoch":7,\
            "endpoint":{\
            """);
    assertThat(it.at("/endpoint/address").textValue()).isEqualTo("127.0.0.1");
    assertThat(it.at("/endpoint/port").intValue()).isEqualTo(40123);
    assertThat(it.get("connections").intValue()).isZero();
    assertThat(it.get("waiting").intValue()).isZero();
    assertThat(it.get("quietSince").textValue()).isEqualTo("2026-03-01T12:00:00.123Z");
    assertThat(it.get("nextStopTime").textValue()).isEqualTo("2026-03-01T12:15:00.123Z");
    assertThat(it.get("lastWake").toString())
        .isEqualTo(
            "{\"time\":\"2026-03-01T12:00:00.123Z\",\"reason\":\"Upgrade\",\"latencyMs\":61}");
    assertThat(it.get("pid").longValue()).isEqualTo(4999);
    assertThat(it.get("processes").intValue()).isEqualTo(2);
    assertThat(it.get("memoryBytes").longValue()).isEqualTo((long) (64.2 * Views.MB));
    assertThat(it.get("awakeMemoryBytes").longValue()).isEqualTo((long) (64.2 * Views.MB));
    assertThat(it.get("wakes").size()).isEqualTo(7);
    assertThat(it.at("/wakes/1/latencyMs").intValue()).isEqualTo(101);
  }

  @Test
  void reportsWhatSleepSavesAndWhatDormouseCosts() throws Exception {
    port.views.add(Views.asleep("cable", NOW));
    port.views.add(Views.unborn("newborn"));
    JsonNode report = port.json("/report");
    assertThat(fields(report))
        .containsExactly(
            "since",
            "seconds",
            "savedBytes",
            "savedByteSeconds",
            "services",
            "removedByteSeconds",
            "dormouse",
            "machine",
            "budget");
    JsonNode cable = report.at("/services/0");
    assertThat(cable.get("savedBytes").longValue()).isEqualTo(138 * Views.MB);
    assertThat(cable.get("memoryBytes").longValue()).isZero();
    assertThat(fields(report.at("/services/1"))).doesNotContain("savedBytes", "awakeMemoryBytes");
    long own = report.at("/dormouse/memoryBytes").longValue();
    assertThat(own).isGreaterThan(10 * Views.MB);
    assertThat(report.get("savedBytes").longValue()).isEqualTo(138 * Views.MB - own);
    assertThat(report.at("/machine/availableBytes").longValue())
        .isBetween(1L, report.at("/machine/memoryBytes").longValue());
  }

  @Test
  void tellsWhatStrangersMakeItKeepAndHowManyHadToGo() throws Exception {
    try (var narrow = new AdminPort(new Budget.Limits(1_000_000, 1_000, 100))) {
      for (int i = 0; i < 20; i++) {
        var _ = narrow.budget.open(Kind.HEAD, 100_000, () -> {});
      }
      JsonNode budget = narrow.json("/report").get("budget");
      assertThat(budget.get("bytes").longValue()).isEqualTo(1_001_000);
      assertThat(budget.get("usedBytes").longValue()).isBetween(100_000L, 1_000_000L);
      assertThat(budget.get("shed").longValue()).isBetween(10L, 20L);
    }
  }

  @Test
  void tellsOfAFailureWithTheLastOutputWhateverIsInIt() throws Exception {
    var nasty = List.of("plain", "</script>\u2028\u0000\"\n\\", "cut in half \ud83d", "ünï 🐭");
    port.views.add(Views.failed("cable", NOW, nasty));

    JsonNode it = port.json("/services/default/cable");

    assertThat(it.at("/failure").toString())
        .isEqualTo(
            """
            {"count":3,"reason":"Exited","message":"exited with 1 after 0.4 s",\
            "nextRetryTime":"2026-03-01T12:00:42.123Z","breaker":"Closed"}\
            """);
    assertThat(it.get("output")).hasSize(4);
    assertThat(it.at("/output/1").textValue()).isEqualTo("</script> \" \\");
    assertThat(it.at("/output/2").textValue()).isEqualTo("cut in half \ufffd");
    assertThat(it.at("/output/3").textValue()).isEqualTo(nasty.get(3));
    assertThat(it.at("/wakes/0/latencyMs").isMissingNode()).isTrue();
    assertThat(it.has("pid") || it.has("awakeMemoryBytes") || it.has("endpoint")).isFalse();
  }

  @Test
  void keepsTheOutputOfAServiceThatIsWellToItself() throws Exception {
    port.views.add(Views.awake("cable", 3, NOW));
    assertThat(port.json("/services/default/cable").has("output")).isFalse();
  }

  @Test
  void looksAtTheServicesOnAThreadThatGoesAgain() throws Exception {
    List<String> before = threads(FORBIDDEN);
    port.views.add(Views.awake("cable", 3, NOW));
    port.get("/services");
    port.get("/metrics");
    assertThat(port.lookers).isNotEmpty().allMatch("dormouse-lookout"::equals);
    await().atMost(Duration.ofSeconds(5)).until(() -> threads("dormouse-lookout").isEmpty());
    assertThat(before).as("but those of another test").containsAll(threads(FORBIDDEN));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nothing", "/services/default/none", "/services/", "//", "/livez/"})
  void knowsNothingElse(String path) throws Exception {
    assertThat(port.get(path).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
  void onlyTells(String method) throws Exception {
    var request =
        port.request("/services").method(method, HttpRequest.BodyPublishers.ofString("x"));
    var answer = port.client.send(request.build(), BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("allow")).hasValue("GET, HEAD");
    assertThat(port.looks).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/metrics", "/services", "/", "/events"})
  void answersHeadWithTheHeadOnly(String path) throws Exception {
    String answer =
        port.raw("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertThat(answer)
        .startsWith("HTTP/1.1 200 ")
        .containsIgnoringCase("nosniff")
        .endsWith("\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LOCALHOST:9", "127.0.0.1:9090", "10.1.2.3", "[::1]:80", "[fdaa::3]"})
  void answersToAddressesAndItsOwnName(String host) throws Exception {
    assertThat(port.raw("GET /livez HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:9090",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "[evil.example]",
        "[::1].evil.example",
        "[::1",
        "",
        "1.2.3",
        "localhost\r\nHost: localhost"
      })
  void refusesANameThatAForeignPageCouldHave(String host) throws Exception {
    port.views.add(Views.awake("cable", 3, NOW));
    for (String path : List.of("/services", "/events", "/", "/livez")) {
      assertThat(
              port.raw(
                  "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
          .matches("(?s)HTTP/1.1 4(21|00) .*")
          .doesNotContain("cable");
    }
    assertThat(port.looks).hasValue(0);
  }

  @Test
  void answersAnOldHealthCheckerWithoutHost() throws Exception {
    assertThat(port.raw("GET /livez HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.").contains(" 200 ");
    assertThat(port.raw("GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n")).contains(" 421 ");
  }

  @Test
  void servesThePageUnderAPolicyThatAdmitsItsOwnScriptOnly() throws Exception {
    var page = port.get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
    assertThat(page.headers().firstValue("cache-control")).hasValue("no-store");
    assertThat(page.headers().firstValue("x-content-type-options")).hasValue("nosniff");
    assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
        .contains("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'")
        .containsPattern("script-src 'sha256-[A-Za-z0-9+/]{43}='")
        .containsPattern("style-src 'sha256-[A-Za-z0-9+/]{43}='")
        .doesNotContain("unsafe", "*");
    assertThat(page.body().replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("://", "innerHTML", "insertAdjacentHTML", "outerHTML", "document.write")
        .doesNotContainPattern("\\s(on\\w+|style)=\"")
        .doesNotContainPattern("(src|href)=[\"']//");
    assertThat(port.looks).hasValue(0);
  }

  @Test
  void servesFurtherPages() throws Exception {
    var page = port.get("/demo?room=1");
    assertThat(page.body()).isEqualTo("<p>another");
    assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
        .contains("connect-src ws:", "script-src 'none'");
  }

  @Test
  void saysSoWhenTheServicesCannotBeObserved() throws Exception {
    port.views.add(Views.unborn("poison"));
    assertThat(port.get("/services").statusCode()).isEqualTo(500);
    assertThat(port.get("/services").body()).doesNotContain("on purpose");
    assertThat(port.get("/livez").statusCode()).isEqualTo(200);
  }

  private static List<String> threads(String... names) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> Stream.of(names).anyMatch(name::contains))
        .toList();
  }

  private static List<String> fields(JsonNode node) {
    return node.properties().stream().map(Map.Entry::getKey).toList();
  }
}
