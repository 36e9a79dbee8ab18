package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.budget.Budget;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.WarmWindows.Outlook;
import dev.dormouse.core.Phase;
import dev.dormouse.testing.MutableClock;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Those who follow the services live; in virtual time, but for who takes a seat. */
@Timeout(60)
class ViewersTest {
  private static final Instant NOW = MutableClock.START;
  private static final Duration TICK = Duration.ofMillis(200);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final MutableClock clock = new MutableClock();
  private final Metrics metrics = new Metrics("1.2.3", clock, new Budget(Budget.Limits.none()));

  /** Looks of viewers: each has the one service told. */
  private final AtomicInteger looks = new AtomicInteger();

  private ServiceView cable = Views.asleep("cable", NOW);
  private final ViewSampler sampler = new ViewSampler(() -> List.of(cable), metrics, clock);
  private final List<EmbeddedChannel> pages = new ArrayList<>();

  @AfterEach
  void close() {
    pages.forEach(EmbeddedChannel::finishAndReleaseAll);
    sampler.close();
  }

  @Test
  void followsAChangeWithinASecondAndLooksForNobodyAfterwards() throws Exception {
    EmbeddedChannel page = page();
    viewers(page).show(page);
    pass(page, TICK);
    assertThat(events(page))
        .extracting(it -> it.at("/0/phase").textValue())
        .containsExactly("Dormant");
    cable = Views.awake("cable", 5, NOW);
    metrics.passed(cable.id(), Passes.at(Phase.DORMANT), Passes.keep(), Passes.at(Phase.ACTIVE));
    pass(page, TICK);
    JsonNode woken = events(page).getFirst();
    assertThat(woken.at("/0/phase").textValue()).isEqualTo("Active");
    assertThat(woken.at("/0/connections").intValue()).isEqualTo(5);
    cable = Views.awake("cable", 6, NOW);
    pass(page, Duration.ofSeconds(1));
    assertThat(events(page).getFirst().at("/0/connections").intValue()).isEqualTo(6);
    var _ = page.close();
    pass(page, TICK);
    int seen = looks.get();
    metrics.passed(cable.id(), Passes.at(Phase.DORMANT), Passes.keep(), Passes.at(Phase.ACTIVE));
    pass(page, Duration.ofSeconds(5));
    assertThat(looks).hasValue(seen);
  }

  @Test
  void sendsNothingNewWhileNothingChangesButEverySecondWhileACountdownRuns() throws Exception {
    EmbeddedChannel page = page();
    viewers(page).show(page);
    pass(page, Duration.ofSeconds(9));
    assertThat(looks).as("one a second").hasValueBetween(9, 11);
    assertThat(events(page)).hasSize(1);
    cable = Views.idle("cable", NOW, NOW.plusSeconds(900));
    pass(page, Duration.ofSeconds(10));
    assertThat(events(page)).hasSizeBetween(9, 11);
  }

  @Test
  void tellsAPageThatWatchesAQuietMachineThatItIsStillThere() throws Exception {
    EmbeddedChannel page = page();
    viewers(page).show(page);
    pass(page, TICK);
    assertThat(texts(page)).last().asString().contains("Dormant");
    pass(page, Duration.ofSeconds(9));
    assertThat(texts(page)).isEmpty();
    pass(page, Duration.ofSeconds(2));
    assertThat(texts(page)).containsExactly(": still here\nevent: beat\ndata:\n\n");
  }

  @Test
  void keepsNoMoreThanOneMessageForAViewerWhoDoesNotReadAndDropsItAfterAWhile() throws Exception {
    var unread = new Unread();
    EmbeddedChannel page = page(unread);
    viewers(page).show(page);
    for (int connections = 1; connections < 4; connections++) {
      cable = Views.awake("cable", connections, NOW);
      pass(page, Duration.ofSeconds(1));
    }
    assertThat(unread.messages).hasValue(1);
    pass(page, Viewers.PATIENCE.minusSeconds(3));
    assertThat(page.isOpen()).isTrue();
    pass(page, TICK.multipliedBy(2));
    assertThat(page.isOpen()).isFalse();
    int seen = looks.get();
    pass(page, Duration.ofSeconds(5));
    assertThat(looks).as("nobody is left to look for").hasValue(seen);
  }

  @Test
  void seatsABoundedNumberOfViewersAndFreesASeatThatIsLeft() throws Exception {
    try (var port = new AdminPort()) {
      port.views.add(cable);
      var streams = new ArrayList<InputStream>();
      for (int i = 0; i < Viewers.MAX; i++) {
        streams.add(follow(port));
      }
      assertThat(port.get("/events").statusCode()).isEqualTo(503);
      streams.removeLast().close();
      await()
          .until(
              () -> {
                var again =
                    port.client.send(port.request("/events").build(), BodyHandlers.ofInputStream());
                streams.add(again.body());
                return again.statusCode() == 200;
              });
      for (InputStream stream : streams) {
        stream.close();
      }
    }
  }

  /** What its client does not take stays in the buffers of its connection. */
  private static final class Unread extends ChannelOutboundHandlerAdapter {
    final AtomicInteger messages = new AtomicInteger();

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
      messages.incrementAndGet();
      ReferenceCountUtil.release(msg);
    }
  }

  private EmbeddedChannel page(ChannelOutboundHandlerAdapter... handlers) {
    var page = new EmbeddedChannel(handlers);
    page.freezeTime();
    pages.add(page);
    return page;
  }

  private Viewers viewers(EmbeddedChannel page) {
    var json =
        new ServicesJson(
            new JsonFactory(),
            Optional.empty(),
            UnaryOperator.identity(),
            metrics.savings(),
            Optional::empty,
            _ -> {
              looks.incrementAndGet();
              return new Outlook(Optional.empty(), Optional.empty());
            });
    return new Viewers(page.eventLoop(), sampler, json, metrics, clock);
  }

  /** Lets so much time pass, a tick at a time; what is looked at in each is shown in it. */
  private void pass(EmbeddedChannel page, Duration time) throws Exception {
    page.runPendingTasks();
    for (Duration left = time; left.isPositive(); left = left.minus(TICK)) {
      clock.advance(TICK);
      page.advanceTimeBy(TICK.toMillis(), TimeUnit.MILLISECONDS);
      page.runScheduledPendingTasks();
      sampler.look(views -> views).get(10, TimeUnit.SECONDS);
      page.runPendingTasks();
    }
  }

  private static List<String> texts(EmbeddedChannel page) {
    List<String> texts = new ArrayList<>();
    for (HttpContent it = page.readOutbound(); it != null; it = page.readOutbound()) {
      texts.add(it.content().toString(UTF_8));
      it.release();
    }
    return texts;
  }

  /** The services of each event since the last call. */
  private static List<JsonNode> events(EmbeddedChannel page) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    for (String text : texts(page)) {
      int data = text.indexOf("data: [");
      if (data >= 0) {
        events.add(JSON.readTree(text.substring(data + "data: ".length())));
      }
    }
    return events;
  }

  private static InputStream follow(AdminPort port) throws Exception {
    var response = port.client.send(port.request("/events").build(), BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
    assertThat(response.body().read()).as("the first event").isNotNegative();
    return response.body();
  }
}
