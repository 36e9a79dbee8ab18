package dev.dormouse.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * One client who comes alone and leaves when it has its answer. In this process, which is warm: a
 * load generator of its own would be slower than what is measured.
 *
 * @param sent when its upgrade was sent, by the wall clock
 * @param answeredNanos when its 101 had come, by the monotonic clock
 * @param answerNanos from the one to the other
 * @param welcomeNanos from its upgrade to the first message, if it waited for one
 */
record Knock(Instant sent, long answeredNanos, long answerNanos, long welcomeNanos) {
  private static final int LIMIT_MILLIS = 20_000;

  /** Waits for the 101. */
  static Knock at(int port) throws IOException {
    return at(port, false);
  }

  /** Waits for the first message, too. */
  static Knock untilWelcome(int port) throws IOException {
    return at(port, true);
  }

  private static Knock at(int port, boolean welcome) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(LIMIT_MILLIS);
      socket.setTcpNoDelay(true);
      ByteBuffer upgrade = FrameCodec.upgrade(port);
      byte[] bytes = new byte[upgrade.remaining()];
      upgrade.get(bytes);
      Instant sent = Instant.now();
      long begin = System.nanoTime();
      socket.getOutputStream().write(bytes);
      String head = read(socket.getInputStream(), "", "\r\n\r\n");
      long answered = System.nanoTime();
      if (!head.startsWith("HTTP/1.1 101 ")) {
        throw new IOException(head);
      }
      if (welcome) {
        read(socket.getInputStream(), head, "\"welcome\"");
      }
      return new Knock(sent, answered, answered - begin, System.nanoTime() - begin);
    }
  }

  /** A socket that is open, and said welcome to. */
  static Socket open(int port) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(LIMIT_MILLIS);
    ByteBuffer upgrade = FrameCodec.upgrade(port);
    byte[] bytes = new byte[upgrade.remaining()];
    upgrade.get(bytes);
    socket.getOutputStream().write(bytes);
    read(socket.getInputStream(), "", "\"welcome\"");
    return socket;
  }

  private static String read(InputStream in, String before, String end) throws IOException {
    var text = new StringBuilder(before);
    byte[] buffer = new byte[4096];
    while (text.indexOf(end) < 0) {
      int count = in.read(buffer);
      if (count < 0) {
        throw new IOException("hung up after: " + text);
      }
      text.append(new String(buffer, 0, count, ISO_8859_1));
    }
    return text.toString();
  }

  static double millis(long nanos) {
    return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }
}
