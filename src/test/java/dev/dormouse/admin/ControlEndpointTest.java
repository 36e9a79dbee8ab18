package dev.dormouse.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.ManualControl.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What changes a service through the admin port, and who may not. */
class ControlEndpointTest {
  private static final String WAKE = "/services/default/cable/wake";

  private final AdminPort port = new AdminPort();

  @AfterEach
  void close() {
    port.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/services/default/cable/wake, wake default/cable -",
    "/services/default/cable/wake?for=3h, wake default/cable PT3H",
    "/services/stage/my-cable/sleep, sleep stage/my-cable drain=false stop=false",
    "/services/default/cable/sleep?drain=true, sleep default/cable drain=true stop=false",
    "/services/default/cable/sleep?stop=true, sleep default/cable drain=false stop=true"
  })
  void passesOnWhatIsAsked(String path, String asked) throws Exception {
    var answer = post(path, "X-Dormouse", "1");
    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(answer.body()).isEqualTo("{\"detail\":\"as you say\"}");
    assertThat(port.control.asked).containsExactly(asked);
  }

  @Test
  void takesAJsonTypeInPlaceOfTheHeader() throws Exception {
    assertThat(post(WAKE, "Content-Type", "application/json; charset=utf-8").statusCode())
        .isEqualTo(202);
  }

  @Test
  void saysWhyNot() throws Exception {
    port.control.answer = new Answer.Refused("three sockets are open");
    var refused = post(WAKE, "X-Dormouse", "1");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.headers().firstValue("content-type")).hasValue("application/problem+json");
    assertThat(refused.body())
        .isEqualTo("{\"title\":\"Conflict\",\"status\":409,\"detail\":\"three sockets are open\"}");
    port.control.answer = new Answer.Unknown();
    assertThat(post(WAKE, "X-Dormouse", "1").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Accept: */*",
        "Content-Type: text/plain",
        "Content-Type: application/x-www-form-urlencoded",
        "X-Dormouse: 1\r\nOrigin: http://evil.example",
        "X-Dormouse: 1\r\nOrigin: null",
        "X-Dormouse: 1\r\nOrigin: http://localhost:1",
        "X-Dormouse: 1\r\nSec-Fetch-Site: cross-site",
        "X-Dormouse: 1\r\nSec-Fetch-Site: same-site",
        "X-Dormouse: 1\r\nX-Forwarded-For: 203.0.113.7",
        "X-Dormouse: 1\r\nForwarded: for=203.0.113.7",
        "X-Dormouse: 1\r\nAuthorization: Bearer wrong",
        "X-Dormouse: 1\r\nAuthorization: Basic sixteen-characters-and-more",
        "X-Dormouse: 1\r\nAuthorization: Bearer "
      })
  void refusesWhatAWebPageAProxyOrAStrangerSends(String headers) throws Exception {
    String answer = raw(headers);
    assertThat(answer).startsWith("HTTP/1.1 403 ").contains("application/problem+json");
    assertThat(port.control.asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Dormouse: 1\r\nOrigin: http://localhost",
        "X-Dormouse: 1\r\nSec-Fetch-Site: same-origin",
        "X-Dormouse: 1\r\nX-Forwarded-For: 203.0.113.7\r\nAuthorization: Bearer " + AdminPort.TOKEN
      })
  void letsItsOwnPageAndTheTokenPass(String headers) throws Exception {
    assertThat(raw(headers)).startsWith("HTTP/1.1 202 ");
  }

  @Test
  void answersNoPreflight() throws Exception {
    var preflight = port.request(WAKE).method("OPTIONS", BodyPublishers.noBody()).build();
    var answer = port.client.send(preflight, BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().map().keySet())
        .noneMatch(name -> name.startsWith("access-control"));
  }

  @Test
  void readsNeverChangeAnything() throws Exception {
    for (String method : List.of("GET", "HEAD", "PUT", "DELETE")) {
      HttpRequest request =
          port.request(WAKE)
              .header("X-Dormouse", "1")
              .method(method, BodyPublishers.noBody())
              .build();
      var answer = port.client.send(request, BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(method).isEqualTo(405);
      assertThat(answer.headers().firstValue("allow")).hasValue("POST");
    }
    assertThat(port.control.asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wake?for=",
        "wake?for=-3h",
        "wake?for=0s",
        "wake?for=3",
        "sleep?drain=yes",
        "sleep?stop=1"
      })
  void refusesWhatItDoesNotUnderstand(String order) throws Exception {
    assertThat(post("/services/default/cable/" + order, "X-Dormouse", "1").statusCode())
        .isEqualTo(400);
    assertThat(port.control.asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 1025", "Transfer-Encoding: chunked"})
  void refusesABodyOfAnySize(String length) throws Exception {
    assertThat(raw("X-Dormouse: 1\r\n" + length)).startsWith("HTTP/1.1 413 ");
    assertThat(port.control.asked).isEmpty();
  }

  @Test
  void obeysOnlySoManyASecond() throws Exception {
    var statuses =
        IntStream.range(0, 100)
            .mapToObj(
                _ ->
                    port.client
                        .sendAsync(
                            port.request(WAKE)
                                .header("X-Dormouse", "1")
                                .POST(BodyPublishers.noBody())
                                .build(),
                            BodyHandlers.discarding())
                        .thenApply(HttpResponse::statusCode))
            .toList()
            .stream()
            .map(future -> future.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join())
            .toList();
    assertThat(statuses).contains(202, 429).containsOnly(202, 429);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/readyz"})
  void isNeitherLiveNorReadyWhileTheControlThreadIsStuck(String path) throws Exception {
    port.server.ready();
    port.busyFor.set(Duration.ofSeconds(10));
    assertThat(port.get(path).statusCode()).isEqualTo(200);
    port.busyFor.set(Duration.ofSeconds(10).plusMillis(1));
    assertThat(port.get(path).statusCode()).isEqualTo(503);
    assertThat(port.get(path).body()).isEqualTo("the control thread is stuck\n");
    port.busyFor.set(Duration.ZERO);
    assertThat(port.get(path).statusCode()).isEqualTo(200);
  }

  @Test
  void isReadyAndTellsWhatIsWrongWithTheMachine() throws Exception {
    port.server.ready();
    port.trouble.set(Optional.of("the disk\nis \u001b[31mgone"));
    assertThat(port.get("/readyz").statusCode()).isEqualTo(200);
    assertThat(port.get("/readyz").body()).isEqualTo("ok\nthe disk is gone\n");
  }

  private HttpResponse<String> post(String path, String header, String value) throws Exception {
    var request = port.request(path).header(header, value).POST(BodyPublishers.noBody()).build();
    return port.client.send(request, BodyHandlers.ofString());
  }

  private String raw(String headers) throws Exception {
    return port.raw(
        "POST "
            + WAKE
            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + headers
            + "\r\n\r\n");
  }
}
