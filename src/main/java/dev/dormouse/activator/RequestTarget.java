package dev.dormouse.activator;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Locale;
import java.util.Set;

/** What a request asks for, in the one form that everything behind us reads: origin-form. */
final class RequestTarget {
  private static final Set<String> SCHEMES = Set.of("http", "https", "ws", "wss");
  private static final int LONGEST_SCHEME = 5;

  private RequestTarget() {}

  /**
   * Turns absolute-form into origin-form; its host replaces what Host says (RFC 9112, 3.2.2). Other
   * forms stay.
   *
   * @return false if its host is none
   */
  static boolean resolve(HttpRequest request) {
    String target = request.uri();
    int colon = target.indexOf("://");
    if (colon < 0
        || colon > LONGEST_SCHEME
        || !SCHEMES.contains(target.substring(0, colon).toLowerCase(Locale.ROOT))) {
      return true;
    }
    int from = colon + "://".length();
    int end = from;
    while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    String host = target.substring(from, end);
    if (host.isEmpty() || host.startsWith(":") || !RequestCheck.isHost(host)) {
      return false;
    }
    request.setUri((target.startsWith("/", end) ? "" : "/") + target.substring(end));
    if (request.headers().getAll(HttpHeaderNames.HOST).size() == 1) {
      request.headers().set(HttpHeaderNames.HOST, host);
    }
    return true;
  }
}
