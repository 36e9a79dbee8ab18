package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.ServiceSpec.OwnAnswer;
import dev.dormouse.core.ServiceSpec.OwnAnswer.When;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Dormouse answers itself to ordinary requests: declared answers, and the waiting page. */
final class OwnAnswerIT {
  private static final String HTML = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";

  private final Rig rig = new Rig(Specs.at("/up"));

  @AfterEach
  void close() {
    rig.close();
  }

  private static OwnAnswer own(int status, String body, When when) {
    return new OwnAnswer(status, body, "text/plain", when);
  }

  private static Specs waking() {
    return Specs.at("/up").http(Http.WAKE);
  }

  private static String get(String... headers) {
    return PlainHttpIT.request("GET", "/up", headers);
  }

  @Test
  void anAnswerOfItsOwnWakesNothingAndIsNoDemand() throws Exception {
    rig.serve(Specs.at("/up").answering(own(200, "fine", When.ALWAYS)));
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send(get());
        assertThat(PlainHttpIT.answer(client))
            .startsWith("HTTP/1.1 200 OK\r\n")
            .contains("Content-Type: text/plain")
            .endsWith("\r\n\r\nfine");
        rig.admit(upstream.endpoint());
      }
      client.send(PlainHttpIT.request("HEAD", "/up"));
      assertThat(client.head()).contains("Content-Length: 4");
      client.send(PlainHttpIT.request("POST", "/up", "Content-Length: 3") + "abc");
      assertThat(client.rest()).contains("Connection: close").endsWith("fine");
      assertThat(upstream.accepted).hasValue(0);
    }
    assertThat(rig.demandChanges).hasValue(0);
    assertThat(rig.events).containsOnly("own-answer cable");
  }

  @Test
  void anUpgradeOnItsRouteWakesAsEver() throws Exception {
    rig.serve(Specs.at("/up").answering(own(200, "fine", When.ALWAYS)));
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.connect().send(Wire.upgrade("/up"))) {
      rig.awaitDemand(1, 0);
      rig.admit(upstream.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    }
  }

  @ParameterizedTest
  @CsvSource({"PASS,server", "WAKE,server", "REFUSE,426"})
  void asleepItIsOursAndAwakeAsTheRouteSays(Http http, String awake) throws Exception {
    rig.serve(Specs.at("/up").http(http).answering(own(404, "asleep", When.ASLEEP)));
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      client.send(get());
      assertThat(PlainHttpIT.answer(client)).startsWith("HTTP/1.1 404 ").endsWith("asleep");
      assertThat(rig.demandChanges).hasValue(0);
      rig.admit(upstream.endpoint());
      client.send(get());
      if (http != Http.REFUSE) {
        Wire server = upstream.wire();
        server.head();
        server.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nserver");
      }
      assertThat(PlainHttpIT.answer(client)).contains(awake);
    }
  }

  @Test
  void aBrowserIsShownAPageUntilTheServiceIsThere() throws Exception {
    rig.serve(waking().fallback(page()));
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      client.send(get(HTML, "Sec-Fetch-Mode: navigate"));
      rig.awaitDemand(1, 0);
      assertThat(PlainHttpIT.answer(client))
          .startsWith("HTTP/1.1 503 ")
          .contains("Cache-Control: no-store", "http-equiv=\"refresh\"");
      rig.awaitDemand(0, 0);
      client.send(get(HTML));
      rig.awaitDemand(1, 0);
      rig.admit(upstream.endpoint());
      Wire server = upstream.wire();
      server.head();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage");
      assertThat(PlainHttpIT.answer(client)).endsWith("page");
    }
    assertThat(rig.events).containsExactly("waiting-page cable", "answered cable");
  }

  /** What is no page that a person opens is held, until the hold ends. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|Accept: */*|navigate",
        "GET|Accept: application/json|navigate",
        "GET|Accept: text/html|cors",
        "GET|Accept: text/html|no-cors",
        "POST|Accept: text/html|navigate",
        "HEAD|Accept: text/html|navigate"
      })
  void programsAreHeld(String method, String accept, String mode) throws Exception {
    rig.serve(waking().fallback(page()).hold(Duration.ofMillis(1500)));
    try (Wire client = rig.connect()) {
      client.send(PlainHttpIT.request(method, "/up", accept, "Sec-Fetch-Mode: " + mode));
      assertThat(client.head()).startsWith("HTTP/1.1 503 ");
    }
    assertThat(rig.events).containsExactly("refused cable held-too-long");
  }

  @Test
  void withoutItBrowsersAreHeld() throws Exception {
    rig.serve(waking().hold(Duration.ofMillis(1500)));
    try (Wire client = rig.connect().send(get(HTML))) {
      assertThat(client.head()).startsWith("HTTP/1.1 503 ");
    }
    assertThat(rig.events).containsExactly("refused cable held-too-long");
  }

  private static Fallback page() {
    return new Fallback(503, Duration.ofSeconds(5), Optional.empty(), false, true);
  }
}
