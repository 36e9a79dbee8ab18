package dev.dormouse.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An Action Cable client that remembers all it is told. */
final class CableClient implements WebSocket.Listener {
  private static final ObjectMapper JSON = new ObjectMapper();

  final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  final CompletableFuture<String> pong = new CompletableFuture<>();
  private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();
  private final StringBuilder part = new StringBuilder();

  static CableClient connect(WebSocket.Builder builder, URI address) {
    var client = new CableClient();
    builder.buildAsync(address, client).join();
    return client;
  }

  WebSocket socket() {
    return socket.join();
  }

  static String text(String command, String identifier, String data) {
    return JSON.createObjectNode()
        .put("command", command)
        .put("identifier", identifier)
        .put("data", data)
        .toString();
  }

  void command(String command, String identifier, String data) {
    socket().sendText(text(command, identifier, data), true).join();
  }

  void score(String team, int points, int tag) {
    var data = JSON.createObjectNode();
    data.put("action", "score").put("team", team).put("points", points).put("tag", tag);
    command("message", "{\"channel\":\"ScoresChannel\"}", data.toString());
  }

  String nextText() throws InterruptedException {
    return received.poll(30, TimeUnit.SECONDS);
  }

  /** The next message of this type, whatever comes before it. */
  JsonNode next(String type) {
    return next(node -> node.path("type").asText().equals(type));
  }

  /** The next message of a channel. */
  JsonNode nextMessage() {
    return next(node -> node.has("message") && node.has("identifier"));
  }

  private JsonNode next(Predicate<JsonNode> wanted) {
    try {
      while (true) {
        String text = nextText();
        assertThat(text).as("the expected message").isNotNull();
        var node = JSON.readTree(text);
        if (wanted.test(node)) {
          return node;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void onOpen(WebSocket opened) {
    socket.complete(opened);
    opened.request(Long.MAX_VALUE);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    part.append(data);
    if (last) {
      received.add(part.toString());
      part.setLength(0);
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer payload) {
    pong.complete(StandardCharsets.UTF_8.decode(payload).toString());
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    closed.complete(status);
    return null;
  }
}
