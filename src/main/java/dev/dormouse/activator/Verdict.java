package dev.dormouse.activator;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.EXPECT;
import static io.netty.handler.codec.http.HttpHeaderNames.HOST;
import static io.netty.handler.codec.http.HttpHeaderNames.ORIGIN;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_KEY;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_VERSION;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the head of a request deserves: first its route is looked at, then the handshake, then the
 * origin; limits and the gate come after it. Found without touching any gate (promise 8).
 */
sealed interface Verdict {
  /** More headers than any browser and chain of proxies sends. */
  int MAX_HEADERS = 100;

  /** A valid upgrade on a declared route from an allowed origin. */
  record Accept(RouteTable.Hit hit) implements Verdict {}

  /** A web page asks something that its browser may know. */
  record Tell(Optional<Served> served, PageScript.Question question) implements Verdict {}

  /** Anything else. */
  record Refuse(Optional<Served> served, Cause cause) implements Verdict {}

  /** RFC 3986, 3.2.2: a host and its port. */
  Pattern HOST_SYNTAX =
      Pattern.compile("(?:\\[[0-9A-Fa-f:.]+]|[\\w.~!$&'()*+,;=%-]*)(?::([0-9]{1,5}))?");

  static Verdict of(HttpRequest request, RouteTable routes) {
    HttpHeaders headers = request.headers();
    if (headers.size() > MAX_HEADERS) {
      return new Refuse(Optional.empty(), Cause.HEAD_TOO_LARGE);
    }
    Optional<RouteTable.Hit> hit = routes.match(headers.get(HOST, ""), request.uri());
    Optional<Served> served = hit.map(RouteTable.Hit::served);
    Optional<PageScript.Question> question =
        isUpgrade(headers) ? Optional.empty() : PageScript.question(request, served, routes);
    if (question.isPresent()) {
      return tell(headers, served, question.get());
    }
    Optional<Cause> fault =
        served.isEmpty()
            ? Optional.of(Cause.UNKNOWN_ROUTE)
            : isUpgrade(headers)
                ? fault(request, served.get().spec().access().allowedOrigins())
                : Optional.of(Cause.NOT_AN_UPGRADE);
    return fault
        .<Verdict>map(cause -> new Refuse(served, cause))
        .orElseGet(() -> new Accept(hit.orElseThrow()));
  }

  /** The script is the same for everybody; how a service is is nobody's business but its pages'. */
  private static Verdict tell(
      HttpHeaders headers, Optional<Served> served, PageScript.Question question) {
    List<String> allowed = served.map(it -> it.spec().access().allowedOrigins()).orElse(List.of());
    return question == PageScript.Question.SCRIPT || isAllowed(headers.getAll(ORIGIN), allowed)
        ? new Tell(served, question)
        : new Refuse(served, Cause.FOREIGN_ORIGIN);
  }

  /** Whether a Host header may have this value. */
  static boolean isHost(String text) {
    Matcher matcher = HOST_SYNTAX.matcher(text);
    return matcher.matches()
        && (matcher.group(1) == null || Integer.parseInt(matcher.group(1)) <= 65_535);
  }

  private static boolean isUpgrade(HttpHeaders headers) {
    return headers.containsValue(CONNECTION, "upgrade", true)
        && headers.containsValue(UPGRADE, "websocket", true);
  }

  private static Optional<Cause> fault(HttpRequest request, List<String> allowedOrigins) {
    HttpHeaders headers = request.headers();
    if (!request.method().equals(HttpMethod.GET)
        || !request.protocolVersion().equals(HttpVersion.HTTP_1_1)
        || headers.contains(TRANSFER_ENCODING)
        || headers.contains(EXPECT)
        || !headers.get(CONTENT_LENGTH, "0").equals("0")
        || request.uri().indexOf('#') >= 0
        || headers.getAll(HOST).size() != 1) {
      return Optional.of(Cause.BAD_HANDSHAKE);
    }
    if (!headers.getAll(SEC_WEBSOCKET_VERSION).equals(List.of("13"))) {
      return Optional.of(Cause.WRONG_VERSION);
    }
    List<String> keys = headers.getAll(SEC_WEBSOCKET_KEY);
    if (keys.size() != 1 || !isKey(keys.getFirst())) {
      return Optional.of(Cause.BAD_HANDSHAKE);
    }
    return isAllowed(headers.getAll(ORIGIN), allowedOrigins)
        ? Optional.empty()
        : Optional.of(Cause.FOREIGN_ORIGIN);
  }

  /**
   * The check protects people from foreign pages in their browsers, which always send an origin
   * (RFC 6455, 10.2). A client that sends none is no browser and could send any.
   */
  private static boolean isAllowed(List<String> origins, List<String> allowed) {
    if (allowed.isEmpty() || origins.isEmpty()) {
      return true;
    }
    if (origins.size() > 1) {
      return false;
    }
    for (String glob : allowed) {
      if (matches(glob, origins.getFirst())) {
        return true;
      }
    }
    return false;
  }

  /** RFC 6455, 4.1: 16 bytes in base64. */
  private static boolean isKey(String key) {
    try {
      return key.length() == 24 && Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /** Whether all of the origin matches; {@code *} stands for any run of characters. */
  private static boolean matches(String glob, String origin) {
    String[] parts = glob.toLowerCase(Locale.ROOT).split("\\*", -1);
    String text = origin.toLowerCase(Locale.ROOT);
    if (parts.length == 1) {
      return text.equals(parts[0]);
    }
    String last = parts[parts.length - 1];
    int from = parts[0].length();
    int until = text.length() - last.length();
    if (until < from || !text.startsWith(parts[0]) || !text.endsWith(last)) {
      return false;
    }
    for (int i = 1; i < parts.length - 1; i++) {
      int found = text.indexOf(parts[i], from);
      if (found < 0) {
        return false;
      }
      from = found + parts[i].length();
    }
    return from <= until;
  }
}
