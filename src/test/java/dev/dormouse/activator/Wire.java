package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;

/** One end of a TCP connection, as raw as a test needs it. Reads give up after ten seconds. */
public record Wire(Socket socket) implements AutoCloseable {
  static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  /** RFC 6455, 1.3: what belongs to {@link #KEY}. */
  static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

  static Wire to(int port) throws IOException {
    return to(port, 0);
  }

  static Wire to(int port, int receiveBufferBytes) throws IOException {
    var socket = new Socket();
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return of(socket);
  }

  static Wire of(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    socket.setTcpNoDelay(true);
    return new Wire(socket);
  }

  public static String upgrade(String path, String... moreHeaders) {
    var head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: cable.example\r\n");
    head.append("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n");
    head.append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").append(KEY).append("\r\n");
    Arrays.stream(moreHeaders).forEach(h -> head.append(h).append("\r\n"));
    return head.append("\r\n").toString();
  }

  public Wire send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  public Wire send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** The next head, without its empty line. */
  public String head() throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = socket.getInputStream().read();
      assertThat(next).as("head ends early: " + head.toString(ISO_8859_1)).isNotNegative();
      head.write(next);
    }
    return head.toString(ISO_8859_1).strip();
  }

  String text(int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), ISO_8859_1);
  }

  /** Everything until the peer's FIN. */
  public String rest() throws IOException {
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), ISO_8859_1);
  }

  /** Waits for the peer's FIN or RST. */
  void awaitEnd() throws IOException {
    try {
      assertThat(rest()).isEmpty();
    } catch (SocketException _) {
      // A peer that closes with input unread sends a RST.
    }
  }

  /** Sends a RST. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
