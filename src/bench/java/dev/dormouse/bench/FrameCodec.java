package dev.dormouse.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** What both sides say: RFC 6455, as little of it as an echo needs. */
final class FrameCodec {
  static final String PATH = "/cable";
  private static final String KEY = "AAAAAAAAAAAAAAAAAAAAAA==";
  private static final String ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final Map<Integer, ByteBuffer> ANSWERS = new HashMap<>();

  private FrameCodec() {}

  static ByteBuffer upgrade(int port) {
    return direct(upgradeHead(port) + "\r\n\r\n");
  }

  /** Of the client of Action Cable, from a page of this machine. */
  static ByteBuffer cableUpgrade(int port) {
    String more =
        "\r\nOrigin: http://127.0.0.1:" + port + "\r\nSec-WebSocket-Protocol: actioncable-v1-json";
    return direct(upgradeHead(port) + more + "\r\n\r\n");
  }

  private static String upgradeHead(int port) {
    return ("GET " + PATH + " HTTP/1.1\r\nHost: 127.0.0.1:" + port)
        + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
        + ("\r\nSec-WebSocket-Key: " + KEY);
  }

  /** With as many bytes as stand behind the question mark. */
  static ByteBuffer answer(String head) {
    int from = head.indexOf('?') + 1;
    int size = Integer.parseInt(head.substring(from, head.indexOf(' ', from)));
    return ANSWERS.computeIfAbsent(size, FrameCodec::answer).duplicate();
  }

  private static ByteBuffer answer(int size) {
    String head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + size;
    return direct(head + "\r\n\r\n" + "x".repeat(size));
  }

  static ByteBuffer accept(String head) {
    int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("sec-websocket-key:");
    String key = head.substring(at + 18, head.indexOf('\r', at)).strip();
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1").digest((key + ACCEPT_GUID).getBytes(ISO_8859_1));
      return direct(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket"
              + ("\r\nSec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(hash))
              + "\r\n\r\n");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A binary message of a client. Its masking key is 0, so that masking costs nobody anything. */
  static ByteBuffer message(int size) {
    return frame(0x82, size);
  }

  /** The same as text. */
  static ByteBuffer text(String text) {
    byte[] payload = text.getBytes(ISO_8859_1);
    ByteBuffer frame = frame(0x81, payload.length);
    return frame.put(frame.limit() - payload.length, payload);
  }

  static ByteBuffer pong(byte[] payload) {
    ByteBuffer frame = frame(0x8A, payload.length);
    frame.put(6, payload);
    return frame;
  }

  private static ByteBuffer frame(int first, int size) {
    int header = headerBytes(size) + 4;
    ByteBuffer frame = ByteBuffer.allocateDirect(header + size);
    frame.put((byte) first);
    if (size < 126) {
      frame.put((byte) (0x80 | size));
    } else {
      frame.put((byte) (0x80 | 126)).putShort((short) size);
    }
    return frame.clear();
  }

  /** Of a message from a server. */
  static int headerBytes(int size) {
    return size < 126 ? 2 : 4;
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
