package dev.dormouse.demo;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.regex.Pattern;

/**
 * The server's side of one WebSocket (RFC 6455) on {@code /cable} that carries short texts. One
 * thread reads; another, its own, writes, so that sending never waits.
 */
final class TextSocket implements Closeable {
  private static final int MAX_BYTES = 8 * 1024;
  private static final int MAX_UNSENT = 64;
  private static final int PATIENCE_MILLIS = 2000;

  // Section 5.2: the first byte of a frame that is whole, without extensions.
  private static final int TEXT = 0x81;
  private static final int CLOSE = 0x88;
  private static final int PING = 0x89;
  private static final int PONG = 0x8A;

  private static final Pattern UPGRADE =
      Pattern.compile("(?s)GET /cable(\\?\\S*)? HTTP/1\\.1\r\n.*(?i:\nUpgrade: *websocket\r\n).*");
  private static final Pattern KEY = Pattern.compile("(?im)^Sec-WebSocket-Key: *(\\S+)");
  private static final Pattern SUBPROTOCOL =
      Pattern.compile("(?im)^(Sec-WebSocket-Protocol:).*?(actioncable-(?:v1-json|unsupported))");

  private final Socket socket;
  private final DataInputStream in;
  private final BlockingQueue<byte[]> unsent = new ArrayBlockingQueue<>(MAX_UNSENT);
  private final Thread writer = Thread.ofVirtual().unstarted(this::write);

  TextSocket(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /** Answers the handshake: 101, or, to all else, 404 as Action Cable does. */
  boolean accept() throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", head.length() - 4) < 0 && head.length() < MAX_BYTES) {
      head.append((char) in.readUnsignedByte());
    }
    socket.setSoTimeout(0);
    var key = KEY.matcher(head);
    boolean upgrade = UPGRADE.matcher(head).matches() && key.find();
    var answer = new StringBuilder("HTTP/1.1 ");
    if (upgrade) {
      answer.append("101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
      var offer = SUBPROTOCOL.matcher(head);
      answer.append(offer.find() ? offer.group(1) + ' ' + offer.group(2) + "\r\n" : "");
      answer.append("Sec-WebSocket-Accept: " + proof(key.group(1)) + "\r\n\r\n");
    } else {
      answer.append("404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    socket.getOutputStream().write(answer.toString().getBytes(StandardCharsets.US_ASCII));
    writer.start();
    return upgrade;
  }

  /**
   * The next message. Empty once the client has closed the socket, broken the protocol, or sent
   * what a cable does not take: fragments, binary data, more than {@link #MAX_BYTES}.
   */
  Optional<String> read() throws IOException {
    while (true) {
      int kind = in.readUnsignedByte();
      int size = in.readUnsignedByte();
      int length = size == 0xFE ? in.readUnsignedShort() : size - 0x80;
      if (length < 0) {
        return end(1002); // a client must mask
      }
      if (size == 0xFF || length > MAX_BYTES) {
        return end(1009);
      }
      byte[] mask = in.readNBytes(4);
      byte[] payload = in.readNBytes(length);
      for (int i = 0; i < payload.length; i++) {
        payload[i] ^= mask[i % 4];
      }
      switch (kind) {
        case TEXT -> {
          return Optional.of(new String(payload, StandardCharsets.UTF_8));
        }
        case PING -> send(PONG, payload);
        case PONG -> {}
        case CLOSE -> {
          return end(length < 2 ? 1000 : ByteBuffer.wrap(payload).getChar());
        }
        default -> {
          return end(1003);
        }
      }
    }
  }

  /** Sends a text of less than 64 KB. A client that is many texts behind is cut off. */
  void send(String text) {
    send(TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a close frame; nothing follows it. */
  void goodbye(int status) {
    send(CLOSE, ByteBuffer.allocate(2).putChar((char) status).array());
  }

  @Override
  public void close() throws IOException {
    writer.interrupt();
    socket.close();
  }

  /** Says goodbye and reads to the end: closing with bytes unread would reset the goodbye. */
  private Optional<String> end(int status) throws IOException {
    goodbye(status);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in.transferTo(OutputStream.nullOutputStream());
    return Optional.empty();
  }

  private void send(int kind, byte[] payload) {
    var frame = ByteBuffer.allocate(4 + payload.length).put((byte) kind);
    if (payload.length < 126) {
      frame.put((byte) payload.length);
    } else {
      frame.put((byte) 126).putChar((char) payload.length);
    }
    int length = frame.put(payload).position();
    if (!unsent.offer(Arrays.copyOf(frame.array(), length))) {
      writer.interrupt();
    }
  }

  /** Writes until interrupted or cut off; then closes the socket, which ends the reader. */
  private void write() {
    try (socket) {
      while (true) {
        byte[] frame = unsent.take();
        if (!socket.isOutputShutdown()) {
          socket.getOutputStream().write(frame);
          if (frame[0] == (byte) CLOSE) {
            socket.shutdownOutput();
          }
        }
      }
    } catch (IOException | InterruptedException e) {
      // The reader reports it.
    }
  }

  /** Section 4.2.2: what shows the client that its handshake was understood. */
  private static String proof(String key) {
    byte[] joined =
        (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
    try {
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(joined));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-1", e);
    }
  }
}
