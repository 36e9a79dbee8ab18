package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.control.ServiceView;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * The people who follow all services live, by server-sent events (WHATWG HTML, section 9.2).
 *
 * <p>One look serves all of them, and without viewers there is none. A viewer has at most one
 * message under way: until that has left, newer states replace each other, and after {@link
 * #PATIENCE} the viewer is dropped. The id of an event is the clock in milliseconds, so that a page
 * can count down. Except for the seats, all state is confined to one event loop.
 */
final class Viewers {
  static final int MAX = 32;
  static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String EVENTS = "text/event-stream";
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final Duration REPEAT = Duration.ofMillis(900);
  private static final long TICK_MILLIS = 200;
  private static final int TICKS_PER_LOOK = 5;

  /** The services at one moment; {@code moving} if a page counts up or down with them. */
  private record Scene(String json, boolean moving) {}

  private static final class Viewer {
    final Channel channel;
    Future<?> lastWrite;
    Instant writtenAt = Instant.MIN;
    String shown = "";

    Viewer(Channel channel) {
      this.channel = channel;
      this.lastWrite = channel.newSucceededFuture();
    }

    void write(String message, Instant now) {
      var bytes = Unpooled.wrappedBuffer(message.getBytes(UTF_8));
      lastWrite = channel.writeAndFlush(new DefaultHttpContent(bytes));
      writtenAt = now;
    }
  }

  private final EventLoop loop;
  private final ViewSampler lookout;
  private final ServicesJson json;
  private final Metrics metrics;
  private final InstantSource clock;
  private final AtomicInteger seats = new AtomicInteger(MAX);
  private final List<Viewer> viewers = new ArrayList<>();
  private Optional<Future<?>> ticking = Optional.empty();
  private long ticks;
  private long changesSeen;
  private boolean looking;

  Viewers(
      EventLoop loop,
      ViewSampler lookout,
      ServicesJson json,
      Metrics metrics,
      InstantSource clock) {
    this.loop = loop;
    this.lookout = lookout;
    this.json = json;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Answers with the events, from now on until the viewer leaves. */
  Publisher<Void> answer(AdminExchange exchange) {
    if (exchange.isHead()) {
      return exchange.head(200, EVENTS).send();
    }
    var channel = new AtomicReference<Channel>();
    exchange.response().withConnection(connection -> channel.set(connection.channel()));
    if (!seat(channel.get())) {
      return exchange.send(503, AdminExchange.PLAIN, "too many viewers\n");
    }
    return exchange
        .head(200, EVENTS)
        .sendHeaders()
        .then(Mono.fromRunnable(() -> show(channel.get())))
        .neverComplete();
  }

  /** Takes a seat for this connection until it closes; false if none is free. */
  boolean seat(Channel channel) {
    if (seats.getAndUpdate(free -> Math.max(0, free - 1)) == 0) {
      return false;
    }
    channel.closeFuture().addListener(_ -> seats.incrementAndGet());
    return true;
  }

  /** Begins to show; the head of the response has been written. */
  void show(Channel channel) {
    loop.execute(
        () -> {
          viewers.add(new Viewer(channel));
          changesSeen = -1;
          if (ticking.isEmpty()) {
            ticking =
                Optional.of(
                    loop.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS));
          }
        });
  }

  private void tick() {
    Instant now = clock.instant();
    viewers.removeIf(viewer -> !viewer.channel.isActive());
    for (Viewer viewer : viewers) {
      if (!viewer.lastWrite.isDone() && viewer.writtenAt.plus(PATIENCE).isBefore(now)) {
        var _ = viewer.channel.close();
      } else if (viewer.lastWrite.isDone() && viewer.writtenAt.plus(HEARTBEAT).isBefore(now)) {
        viewer.write(": still here\nevent: beat\ndata:\n\n", now);
      }
    }
    long changes = metrics.changes();
    if (viewers.isEmpty()) {
      ticking.ifPresent(ticker -> ticker.cancel(false));
      ticking = Optional.empty();
    } else if (!looking && (changes != changesSeen || ++ticks % TICKS_PER_LOOK == 0)) {
      looking = true;
      changesSeen = changes;
      var _ =
          lookout
              .look(this::scene)
              .whenCompleteAsync((scene, _) -> shown(Optional.ofNullable(scene)), loop);
    }
  }

  private Scene scene(List<ServiceView> views) {
    boolean moving =
        views.stream()
            .map(ServiceView::status)
            .anyMatch(s -> s.nextStopTime().isPresent() || s.failure().isPresent());
    return new Scene(json.live(views), moving);
  }

  private void shown(Optional<Scene> scene) {
    looking = false;
    Instant now = clock.instant();
    for (Viewer viewer : scene.isPresent() ? viewers : List.<Viewer>of()) {
      String text = scene.get().json();
      boolean stale = scene.get().moving() && !viewer.writtenAt.plus(REPEAT).isAfter(now);
      if (viewer.lastWrite.isDone() && (stale || !text.equals(viewer.shown))) {
        viewer.write(
            "id: " + json.wallTime().apply(now).toEpochMilli() + "\ndata: " + text + "\n\n", now);
        viewer.shown = text;
      }
    }
  }
}
