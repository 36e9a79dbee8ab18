package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Sec-WebSocket-Accept, by which a server shows that it has understood (RFC 6455, 4.2.2). */
final class AcceptKey {
  /** RFC 6455, 1.3. */
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private AcceptKey() {}

  /** What has to be answered to this Sec-WebSocket-Key. */
  static String of(String key) {
    try {
      byte[] text = (key + GUID).getBytes(ISO_8859_1);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
