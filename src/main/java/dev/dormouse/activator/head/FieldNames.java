package dev.dormouse.activator.head;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Names of fields, and who may say them. They are compared as servers do that make variables of
 * them: without case, and {@code _} as {@code -}; else {@code X_Forwarded_For} would reach them as
 * X-Forwarded-For.
 */
public final class FieldNames {
  /** Orders names, and finds the same ones. */
  public static final Comparator<String> ORDER = FieldNames::compare;

  /** RFC 9110, 7.6.1 and 11.7, but for what frames a body. */
  private static final Set<String> HOP_BY_HOP =
      set(
          "Connection",
          "Keep-Alive",
          "Proxy-Authenticate",
          "Proxy-Authentication-Info",
          "Proxy-Authorization",
          "Proxy-Connection",
          "TE",
          "Trailer",
          "Upgrade");

  private static final Set<String> FRAMING = set("Content-Length", "Transfer-Encoding");

  /**
   * For every recipient: {@code Connection} cannot name them (RFC 9110, 7.6.1), be it that somebody
   * wants a handshake without them.
   */
  private static final Set<String> END_TO_END = set("Host", "Origin");

  /** In which proxies tell whose request it is; others than the standard one by their products. */
  private static final Set<String> OF_PROXIES =
      set(
          "Forwarded",
          "CF-Connecting-IP",
          "Client-IP",
          "Fastly-Client-IP",
          "Fly-Client-IP",
          "True-Client-IP",
          "X-Client-IP",
          "X-Cluster-Client-IP",
          "X-Real-IP");

  /** First letters of all names in these sets, and of those that Dormouse sets itself. */
  private static final String MEANINGFUL = "cfkptux";

  /** RFC 9110, 6.5.1: what routes, modifies or authenticates a request, or says how to read it. */
  private static final Set<String> NEVER_BEHIND =
      set(
          "Authorization",
          "Cache-Control",
          "Content-Encoding",
          "Content-Range",
          "Content-Type",
          "Cookie",
          "Expect",
          "Host",
          "Max-Forwards",
          "Origin",
          "Proxy",
          "Set-Cookie");

  private FieldNames() {}

  /** A modifiable set of names. */
  public static Set<String> set(String... names) {
    Set<String> set = new TreeSet<>(ORDER);
    set.addAll(Set.of(names));
    return set;
  }

  /**
   * Tells which fields of a message are to be handed on, and do not concern its connection only.
   */
  public static Predicate<String> handedOn(HttpHeaders headers) {
    Set<String> named = set();
    for (String name : ListHeader.of(headers, HttpHeaderNames.CONNECTION)) {
      if (!END_TO_END.contains(name) && !isFraming(name) && !startsWith(name, "sec-websocket-")) {
        named.add(name);
      }
    }
    return named.isEmpty()
        ? name -> isOrdinary(name) || !HOP_BY_HOP.contains(name)
        : name -> !HOP_BY_HOP.contains(name) && !named.contains(name);
  }

  /** Whether it may be told behind a body. */
  public static boolean isTrailer(String name) {
    return !HOP_BY_HOP.contains(name)
        && !isFraming(name)
        && !NEVER_BEHIND.contains(name)
        && !speaksForAProxy(name)
        && !isDisguised(name);
  }

  /** Whether it begins as none of the names do that mean something here: most do. */
  public static boolean isOrdinary(String name) {
    return !name.isEmpty()
        && MEANINGFUL.indexOf(folded(name.charAt(0))) < 0
        && name.indexOf('_') < 0;
  }

  /** Whether it says how long a body is; a handshake has none. */
  public static boolean isFraming(String name) {
    return !isOrdinary(name) && FRAMING.contains(name);
  }

  /** Whether only a proxy that is trusted may say it. */
  public static boolean speaksForAProxy(String name) {
    return OF_PROXIES.contains(name)
        || startsWith(name, "x-forwarded-")
        || startsWith(name, "fly-forwarded-");
  }

  /** Whether it stands for another in disguise: no proxy and no handshake spells them so. */
  public static boolean isDisguised(String name) {
    return name.indexOf('_') >= 0 && (speaksForAProxy(name) || startsWith(name, "sec-websocket-"));
  }

  private static boolean startsWith(String name, String start) {
    return name.length() >= start.length()
        && compare(name.substring(0, start.length()), start) == 0;
  }

  private static int compare(String one, String two) {
    for (int i = 0; i < Math.min(one.length(), two.length()); i++) {
      int difference = folded(one.charAt(i)) - folded(two.charAt(i));
      if (difference != 0) {
        return difference;
      }
    }
    return one.length() - two.length();
  }

  private static int folded(char c) {
    return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }
}
