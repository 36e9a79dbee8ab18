package dev.dormouse.activator.head;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.EXPECT;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_KEY;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_VERSION;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** What makes a request a WebSocket handshake (RFC 6455, 4.2.1), and what is wrong with one. */
public final class Handshake {
  private static final String PROXY = " A proxy in front has to pass it on.";

  private Handshake() {}

  /** Whether a client wants a WebSocket (RFC 6455, 4.2.1). */
  public static boolean isUpgrade(HttpHeaders headers) {
    return headers.containsValue(CONNECTION, "upgrade", true)
        && headers.containsValue(UPGRADE, "websocket", true);
  }

  /** Of a request that is no upgrade: everything that it lacks. */
  public static Rejection missing(HttpRequest request) {
    HttpHeaders headers = request.headers();
    List<String> lacks = new ArrayList<>();
    if (!headers.containsValue(UPGRADE, "websocket", true)) {
      lacks.add(lack(headers, UPGRADE.toString(), "websocket"));
    }
    if (!headers.containsValue(CONNECTION, "upgrade", true)) {
      lacks.add(lack(headers, CONNECTION.toString(), "upgrade"));
    }
    if (!isCurrent(request)) {
      lacks.add("it is " + request.protocolVersion() + ", not HTTP/1.1");
    }
    String all = String.join("; ", lacks);
    return new Rejection(
        RejectReason.NOT_AN_UPGRADE,
        RejectReason.NOT_AN_UPGRADE.detail + " This is none: " + all + ".");
  }

  private static String lack(HttpHeaders headers, String name, String wanted) {
    List<String> values = headers.getAll(name);
    return values.isEmpty()
        ? "header " + name + " is missing, should be " + wanted
        : "header "
            + name
            + " is "
            + Rejection.quoted(String.join(", ", values))
            + ", not "
            + wanted;
  }

  /** What is wrong with an upgrade. */
  public static Optional<Rejection> flaw(HttpRequest request) {
    HttpHeaders headers = request.headers();
    if (!isCurrent(request)) {
      return bad(request.protocolVersion() + " has no upgrades, HTTP/1.1 is needed." + PROXY);
    }
    if (!request.method().equals(HttpMethod.GET)) {
      return bad("The method is " + Rejection.quoted(request.method().name()) + ", not GET.");
    }
    if (headers.contains(TRANSFER_ENCODING) || !headers.get(CONTENT_LENGTH, "0").equals("0")) {
      return bad("It announces a body, which a handshake has not.");
    }
    if (headers.contains(EXPECT)) {
      return bad("Header expect has no place in a handshake.");
    }
    if (request.uri().indexOf('#') >= 0) {
      return bad("The path has a fragment (#).");
    }
    return version(headers).or(() -> key(headers));
  }

  private static Optional<Rejection> version(HttpHeaders headers) {
    List<String> versions = headers.getAll(SEC_WEBSOCKET_VERSION);
    if (versions.equals(List.of("13"))) {
      return Optional.empty();
    }
    String what = lack(headers, SEC_WEBSOCKET_VERSION.toString(), "13");
    return Optional.of(
        new Rejection(
            RejectReason.WRONG_VERSION, RejectReason.WRONG_VERSION.detail + " The " + what + "."));
  }

  private static Optional<Rejection> key(HttpHeaders headers) {
    List<String> keys = headers.getAll(SEC_WEBSOCKET_KEY);
    if (keys.size() == 1 && isKey(keys.getFirst())) {
      return Optional.empty();
    }
    return bad(
        switch (keys.size()) {
          case 0 -> "Header sec-websocket-key is missing.";
          case 1 -> "Header sec-websocket-key is not 16 bytes in base64.";
          default -> "Header sec-websocket-key is there more than once.";
        });
  }

  private static Optional<Rejection> bad(String detail) {
    return Optional.of(
        new Rejection(
            RejectReason.BAD_HANDSHAKE, RejectReason.BAD_HANDSHAKE.detail + " " + detail));
  }

  private static boolean isCurrent(HttpRequest request) {
    return request.protocolVersion().equals(HttpVersion.HTTP_1_1);
  }

  /** RFC 6455, 4.1: 16 bytes in base64. */
  private static boolean isKey(String key) {
    try {
      return key.length() == 24 && Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
