package dev.dormouse.activator.head;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.util.concurrent.FastThreadLocal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Sec-WebSocket-Accept, by which a server shows that it has understood (RFC 6455, 4.2.2). */
public final class AcceptKey {
  /** RFC 6455, 1.3. */
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /** One for each event loop: to look for a provider takes longer than to digest a key. */
  private static final FastThreadLocal<MessageDigest> SHA_1 =
      new FastThreadLocal<>() {
        @Override
        protected MessageDigest initialValue() throws NoSuchAlgorithmException {
          return MessageDigest.getInstance("SHA-1"); // every Java platform has it
        }
      };

  private AcceptKey() {}

  /** What has to be answered to this Sec-WebSocket-Key. */
  public static String of(String key) {
    byte[] text = (key + GUID).getBytes(ISO_8859_1);
    return Base64.getEncoder().encodeToString(SHA_1.get().digest(text));
  }
}
