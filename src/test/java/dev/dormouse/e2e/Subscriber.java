package dev.dormouse.e2e;

import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A client of the example's cable that remembers all it is told, and when. */
final class Subscriber implements WebSocket.Listener {
  private static final String FINALS =
      "{\"command\":\"subscribe\",\"identifier\":\"{\\\"channel\\\":\\\"ScoresChannel\\\",\\\"event\\\":\\\"finals\\\"}\"}";
  private static final String ECHO =
      "{\"command\":\"message\",\"identifier\":\"{\\\"channel\\\":\\\"ScoresChannel\\\",\\\"event\\\":\\\"finals\\\"}\","
          + "\"data\":\"{\\\"action\\\":\\\"echo\\\",\\\"word\\\":\\\"WORD\\\"}\"}";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  final Queue<Told> told = new ConcurrentLinkedQueue<>();
  final AtomicInteger pongs = new AtomicInteger();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final StringBuilder part = new StringBuilder();
  private final WebSocket socket;

  /** A message, and when it came, in nanoseconds. */
  record Told(String text, long at) {}

  private Subscriber(Machine machine, HttpClient http) {
    socket =
        http.newWebSocketBuilder()
            .subprotocols("actioncable-v1-json")
            .buildAsync(URI.create("ws://127.0.0.1:" + machine.port + "/cable"), this)
            .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
            .join();
  }

  /** One that has subscribed. */
  static Subscriber of(Machine machine, HttpClient http) {
    var subscriber = new Subscriber(machine, http);
    subscriber.awaitMessage("welcome");
    subscriber.say(FINALS);
    subscriber.awaitMessage("confirm_subscription");
    return subscriber;
  }

  void say(String text) {
    socket.sendText(text, true).orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Asks the channel to answer with a word. */
  void askFor(String word) {
    say(ECHO.replace("WORD", word));
  }

  Told awaitMessage(String text) {
    await(text)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> told.stream().anyMatch(it -> it.text().contains(text)));
    return told.stream().filter(it -> it.text().contains(text)).findFirst().orElseThrow();
  }

  /** A PING of its own; its answer is counted. */
  void ping() {
    socket.sendPing(ByteBuffer.allocate(4)).orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }

  List<Told> pings() {
    return told.stream().filter(it -> it.text().contains("\"ping\"")).toList();
  }

  void leave() {
    socket.sendClose(1000, "").orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Without a word. */
  void drop() {
    socket.abort();
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    part.append(data);
    if (last) {
      told.add(new Told(part.toString(), System.nanoTime()));
      part.setLength(0);
    }
    return WebSocket.Listener.super.onText(from, data, last);
  }

  @Override
  public CompletionStage<?> onPong(WebSocket from, ByteBuffer payload) {
    pongs.incrementAndGet();
    return WebSocket.Listener.super.onPong(from, payload);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code);
    return WebSocket.Listener.super.onClose(from, code, reason);
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.completeExceptionally(error);
  }
}
