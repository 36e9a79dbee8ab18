package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Who may change something: a program on this machine, or one with the token. A web page may not: a
 * browser tells where a request comes from (Fetch, section 3), and without asking first, which is
 * never granted here, it sends no header that a page made up.
 */
record ControlAuthorization(Optional<String> token) {
  private static final String BEARER = "Bearer ";

  /** Why this request may not change anything; empty if it may. */
  Optional<String> objection(HttpServerRequest request) {
    HttpHeaders headers = request.requestHeaders();
    if (!isOurs(headers)) {
      return Optional.of("A web page of another origin may not do this.");
    }
    if (!headers.contains("X-Dormouse") && !isJson(headers.get("Content-Type", ""))) {
      return Optional.of("Send a header X-Dormouse, or Content-Type: application/json.");
    }
    String given = headers.get("Authorization");
    if (given != null) {
      return isToken(given) ? Optional.empty() : Optional.of("This is not the token.");
    }
    boolean near = isLoopback(request.remoteAddress()) && !isForwarded(headers);
    return near ? Optional.empty() : Optional.of("Only this machine may do this without a token.");
  }

  private boolean isToken(String given) {
    byte[] presented = given.getBytes(UTF_8);
    return token.isPresent()
        && MessageDigest.isEqual((BEARER + token.get()).getBytes(UTF_8), presented);
  }

  private static boolean isOurs(HttpHeaders headers) {
    String site = headers.get("Sec-Fetch-Site", "none");
    String host = headers.get("Host", "");
    String origin = headers.get("Origin", "http://" + host);
    return (site.equals("none") || site.equals("same-origin"))
        && (origin.equals("http://" + host) || origin.equals("https://" + host));
  }

  /** A page can send neither this type nor a made-up header without a preflight. */
  private static boolean isJson(String type) {
    return type.split(";", 2)[0].strip().equalsIgnoreCase("application/json");
  }

  /** What a proxy on this machine passes on comes from elsewhere. */
  private static boolean isForwarded(HttpHeaders headers) {
    return Stream.of("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
        .anyMatch(headers::contains);
  }

  private static boolean isLoopback(@Nullable InetSocketAddress peer) {
    return peer != null && peer.getAddress() != null && peer.getAddress().isLoopbackAddress();
  }
}
