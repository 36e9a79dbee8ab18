package dev.dormouse.e2e;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A client that knows how far it has come and whether its socket has ended. */
final class SoakClient implements WebSocket.Listener {
  private static final long LIMIT_SECONDS = 90;
  private static final String SUBSCRIBE =
      "{\"command\":\"subscribe\",\"identifier\":"
          + "\"{\\\"channel\\\":\\\"ScoresChannel\\\",\\\"event\\\":\\\"finals\\\"}\"}";

  private final CompletableFuture<String> welcomed = new CompletableFuture<>();
  private final CompletableFuture<String> confirmed = new CompletableFuture<>();
  final CompletableFuture<String> ended = new CompletableFuture<>();
  private final CompletableFuture<WebSocket> opened;

  SoakClient(HttpClient http, URI uri) {
    opened =
        http.newWebSocketBuilder()
            .subprotocols("actioncable-v1-json")
            .header("Origin", "http://127.0.0.1:" + uri.getPort())
            .buildAsync(uri, this);
  }

  void awaitOpen() {
    opened.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** Subscribes as a page does, and waits until that is confirmed: Redis is there, too. */
  void subscribe() {
    welcomed.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    opened.join().sendText(SUBSCRIBE, true).join();
    confirmed.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** Leaves, with a close frame or without a word, in whichever state it is. */
  void leave(boolean politely) {
    if (!opened.isDone() || opened.isCompletedExceptionally()) {
      opened.cancel(true);
      var _ = opened.thenAccept(WebSocket::abort);
    } else if (politely) {
      var socket = opened.join();
      var _ = socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
      var _ = ended.completeOnTimeout("left", 1, TimeUnit.SECONDS).thenRun(socket::abort);
    } else {
      opened.join().abort();
    }
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    String text = data.toString();
    if (text.contains("\"welcome\"")) {
      welcomed.complete(text);
    } else if (text.contains("confirm_subscription")) {
      confirmed.complete(text);
    }
    return WebSocket.Listener.super.onText(socket, data, last);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    ended.complete("closed with " + code);
    return WebSocket.Listener.super.onClose(socket, code, reason);
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    ended.complete("broke: " + error);
  }
}
