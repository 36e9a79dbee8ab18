package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.testing.MutableClock;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is sent: nobody waits for what is answered. */
class EventsTest {
  private static final String PATH = "/api/v1/namespaces/shop/events";
  private static final int BURST = 20;

  private final MockCluster cluster = MockCluster.thatIsTold();
  private final MutableClock clock = new MutableClock();
  private final Events events = new Events(cluster.api(), clock, "operator-0");
  private final Events.About cable = about("cable");

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void anEventIsAboutItsService() {
    events.warning(cable, "StartFailed", "no image");
    RecordedRequest request = cluster.request();
    assertThat(request.getMethod() + " " + request.getPath()).isEqualTo("POST " + PATH);
    JsonNode event = MockCluster.body(request);
    assertThat(event.at("/involvedObject/name").asText()).isEqualTo("cable");
    assertThat(event.at("/involvedObject/uid").asText()).isEqualTo("uid-cable");
    assertThat(event.at("/type").asText()).isEqualTo("Warning");
    assertThat(event.at("/reason").asText()).isEqualTo("StartFailed");
    assertThat(event.at("/message").asText()).isEqualTo("no image");
    assertThat(event.at("/count").asInt()).isEqualTo(1);
    assertThat(event.at("/firstTimestamp").asText()).isEqualTo("2026-05-01T12:00:00Z");
  }

  @Test
  void theSameSaidAgainIsCounted() {
    events.normal(cable, "Waking", "an upgrade");
    String name = MockCluster.body(cluster.request()).at("/metadata/name").asText();
    clock.advance(Duration.ofMinutes(9));
    events.normal(cable, "Waking", "an upgrade");
    RecordedRequest again = cluster.request();
    assertThat(again.getMethod() + " " + again.getPath()).isEqualTo("PATCH " + PATH + "/" + name);
    assertThat(MockCluster.body(again).at("/count").asInt()).isEqualTo(2);
    assertThat(MockCluster.body(again).at("/lastTimestamp").asText())
        .isEqualTo("2026-05-01T12:09:00Z");
  }

  @Test
  void whatIsSaidAfterALongWhileIsANewEvent() {
    events.normal(cable, "Waking", "an upgrade");
    JsonNode first = MockCluster.body(cluster.request());
    clock.advance(Duration.ofMinutes(10));
    events.normal(cable, "Waking", "an upgrade");
    RecordedRequest later = cluster.request();
    assertThat(later.getMethod()).isEqualTo("POST");
    assertThat(MockCluster.body(later).at("/metadata/name"))
        .isNotEqualTo(first.at("/metadata/name"));
  }

  @Test
  void aServiceThatHasMuchToSayIsCutShortAndNobodyElse() {
    sayMuch();
    events.normal(about("chat"), "Awake", "");
    assertThat(MockCluster.body(cluster.request()).at("/involvedObject/name").asText())
        .isEqualTo("chat");
  }

  @Test
  void thenItMaySayOneThingForEachPause() {
    sayMuch();
    clock.advance(Duration.ofSeconds(15));
    events.normal(cable, "Late", "heard");
    events.normal(cable, "Late", "not heard");
    assertThat(MockCluster.body(cluster.request()).at("/message").asText()).isEqualTo("heard");
    events.normal(about("chat"), "Awake", "");
    assertThat(MockCluster.body(cluster.request()).at("/involvedObject/name").asText())
        .isEqualTo("chat");
  }

  @Test
  void whatIsToldOfOneServiceWaitsForWhatWasToldBefore() {
    cluster
        .server()
        .expect()
        .post()
        .delay(Duration.ofMillis(300).toMillis())
        .withPath(PATH)
        .andReturn(201, "{}")
        .always();
    events.normal(cable, "Waking", "an upgrade");
    events.normal(cable, "Awake", "ready");
    events.normal(about("chat"), "Waking", "an upgrade");
    List<String> heard =
        IntStream.range(0, 3)
            .mapToObj(_ -> MockCluster.body(cluster.request()))
            .map(it -> it.at("/involvedObject/name").asText() + " " + it.at("/reason").asText())
            .toList();
    assertThat(heard.getLast()).isEqualTo("cable Awake");
  }

  @Test
  void aLongMessageIsCut() {
    events.normal(cable, "Waking", "x".repeat(1025));
    assertThat(MockCluster.body(cluster.request()).at("/message").asText())
        .hasSize(1024)
        .endsWith("x...");
  }

  /** Says more than is told, and sees all that is. */
  private void sayMuch() {
    for (int i = 0; i < BURST + 5; i++) {
      events.normal(cable, "Waking", "upgrade " + i);
    }
    for (int i = 0; i < BURST; i++) {
      assertThat(MockCluster.body(cluster.request()).at("/involvedObject/name").asText())
          .isEqualTo("cable");
    }
  }

  private static Events.About about(String name) {
    return new Events.About(new ServiceId("shop", name), "uid-" + name);
  }
}
