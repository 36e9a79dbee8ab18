package dev.dormouse.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One client of a service that greets: knows what it was answered, greeted and closed with. */
final class Visitor implements AutoCloseable {
  /** RFC 6455, 5.5: opcodes of the frames that it understands. */
  private static final int TEXT = 1;

  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;

  private static final long PATIENCE_SECONDS = 60;

  private final Socket socket;
  private final CompletableFuture<String> answer = new CompletableFuture<>();
  private final CompletableFuture<String> greeting = new CompletableFuture<>();
  private final CompletableFuture<Integer> farewell = new CompletableFuture<>();

  private Visitor(Socket socket) {
    this.socket = socket;
    Thread.ofVirtual().start(this::read);
  }

  /** Sends an upgrade and returns at once. */
  static Visitor knock(InetSocketAddress at, String host, String path, String... headers) {
    return send(
        at,
        "GET "
            + path
            + " HTTP/1.1\r\nHost: "
            + host
            + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + String.join("\r\n", headers)
            + (headers.length > 0 ? "\r\n\r\n" : "\r\n"));
  }

  /** Sends a request that is not an upgrade. */
  static Visitor ask(InetSocketAddress at, String host, String path) {
    return send(at, "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  }

  private static Visitor send(InetSocketAddress at, String head) {
    var socket = new Socket();
    try {
      socket.connect(at, 5_000);
      socket.getOutputStream().write(head.getBytes(ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Visitor(socket);
  }

  /** The head and body of the answer that is not a 101; the head of one that is. */
  String answer() {
    return get(answer);
  }

  /** What the workload said first. */
  String greeting() {
    assertThat(answer()).startsWith("HTTP/1.1 101 ");
    return get(greeting);
  }

  /** The close code; 1006 if there was none (RFC 6455, 7.1.5). */
  int farewell() {
    return get(farewell);
  }

  /** True until either side has closed. */
  boolean isConnected() {
    return greeting.isDone() && !farewell.isDone();
  }

  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException | InterruptedException e) {
      throw new AssertionError("no answer", e);
    }
  }

  private void read() {
    try {
      var in = new DataInputStream(socket.getInputStream());
      String head = head(in);
      if (!head.startsWith("HTTP/1.1 101 ")) {
        answer.complete(head + new String(in.readAllBytes(), UTF_8));
        return;
      }
      answer.complete(head);
      while (!farewell.isDone()) {
        frame(in);
      }
    } catch (IOException e) {
      answer.completeExceptionally(e);
      greeting.completeExceptionally(e);
      farewell.complete(1006);
    }
  }

  private static String head(DataInputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      head.write(in.readByte());
    }
    return head.toString(ISO_8859_1);
  }

  /** A short unmasked frame. */
  private void frame(DataInputStream in) throws IOException {
    int opcode = in.readUnsignedByte() & 0x0f;
    byte[] payload = in.readNBytes(in.readUnsignedByte());
    if (opcode == TEXT) {
      greeting.complete(new String(payload, UTF_8));
    } else if (opcode == CLOSE) {
      farewell.complete(((payload[0] & 0xff) << 8) | (payload[1] & 0xff));
    } else if (opcode == PING) {
      pong(payload);
    }
  }

  /** Masked with zeros, which is allowed and changes nothing. */
  private void pong(byte[] payload) throws IOException {
    byte[] frame = new byte[2 + 4 + payload.length];
    frame[0] = (byte) (FIN | PONG);
    frame[1] = (byte) (MASKED | payload.length);
    System.arraycopy(payload, 0, frame, 6, payload.length);
    socket.getOutputStream().write(frame);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
