package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Heads of HTTP messages as they are passed on: headers in the order and case in which they came.
 * The caller owns the buffers.
 */
final class Heads {
  private static final int TYPICAL_BYTES = 1024;

  /** {@code $name}; {@code $$} stands for a dollar sign. */
  private static final Pattern VARIABLE = Pattern.compile("\\$([a-z_]+|\\$)");

  /** RFC 9110, 7.6.1, but for what frames the body. */
  private static final Set<String> HOP_BY_HOP =
      Set.of("connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade");

  /**
   * What only Dormouse may say; and {@code Proxy}, which becomes HTTP_PROXY in CGI-like workloads
   * (httpoxy, CVE-2016-5385).
   */
  private static final Set<String> NEVER_PASSED =
      Collections.unmodifiableSet(
          ignoringCase(
              List.of(
                  Sender.FORWARDED_FOR, Sender.FORWARDED_PROTO, Sender.FORWARDED_HOST, "Proxy")));

  private final ByteBuf out;

  private Heads(ByteBufAllocator allocator, String firstLine) {
    out = allocator.buffer(TYPICAL_BYTES);
    out.writeCharSequence(firstLine, ISO_8859_1);
  }

  /**
   * The client's own handshake for the workload. X-Forwarded-For, -Proto and -Host stand in it
   * exactly once: the client's, if the peer is a trusted proxy, else those of the connection.
   */
  static ByteBuf request(
      ByteBufAllocator allocator,
      HttpRequest request,
      RouteTable.Hit hit,
      Sender sender,
      Optional<String> region) {
    var spec = hit.served().spec();
    var variables =
        Map.of(
            "remote_addr", sender.address(),
            "scheme", sender.scheme(),
            "host", request.headers().get(HttpHeaderNames.HOST, ""),
            "region", region.orElse(""));
    Map<String, String> ours = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    ours.put(Sender.FORWARDED_FOR, sender.forwardedFor());
    ours.put(Sender.FORWARDED_PROTO, sender.scheme());
    ours.put(Sender.FORWARDED_HOST, sender.host());
    List<String> removed = spec.headers().remove();
    removed.forEach(ours::remove);
    spec.headers()
        .set()
        .forEach(
            (name, value) -> {
              ours.remove(name);
              ours.put(name, expand(value, variables));
            });
    spec.servedBy().ifPresent(_ -> ours.put(Elsewhere.SENT_BY, region.orElse("unknown")));
    var head = new Heads(allocator, "GET " + hit.upstreamTarget() + " HTTP/1.1\r\n");
    head.headers(
        request.headers(),
        name ->
            !ours.containsKey(name)
                && !NEVER_PASSED.contains(name)
                && removed.stream().noneMatch(name::equalsIgnoreCase)
                && (sender.viaProxy() || !speaksForAProxy(name)));
    ours.forEach(head::header);
    return head.end();
  }

  /** A 101, unchanged. */
  static ByteBuf switching(ByteBufAllocator allocator, HttpResponse response) {
    var head = new Heads(allocator, firstLine(response.status()));
    head.headers(response.headers(), _ -> true);
    return head.end();
  }

  /**
   * The workload's refusal, to be followed by its body in the framing that it has here, and the end
   * of the connection.
   */
  static ByteBuf refusal(ByteBufAllocator allocator, HttpResponse response) {
    Set<String> framing = ignoringCase(List.of("content-length", "transfer-encoding"));
    Set<String> dropped = ignoringCase(HOP_BY_HOP);
    dropped.addAll(ListHeader.of(response.headers(), HttpHeaderNames.CONNECTION));
    dropped.removeAll(framing);
    boolean upgradable = response.status().equals(HttpResponseStatus.UPGRADE_REQUIRED);
    if (upgradable) {
      dropped.remove("upgrade"); // RFC 9110, 15.5.22
    }
    if (response.status().equals(HttpResponseStatus.NO_CONTENT)) {
      dropped.addAll(framing); // RFC 9110, 8.6
    }
    var head = new Heads(allocator, firstLine(response.status()));
    head.headers(response.headers(), name -> !dropped.contains(name));
    head.header("Connection", upgradable ? "close, Upgrade" : "close");
    return head.end();
  }

  /** Whether an answer to GET with this status has no body, whatever its fields say. */
  static boolean isBodiless(HttpResponseStatus status) {
    return status.equals(HttpResponseStatus.NO_CONTENT)
        || status.equals(HttpResponseStatus.NOT_MODIFIED);
  }

  private static Set<String> ignoringCase(Collection<String> names) {
    Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    set.addAll(names);
    return set;
  }

  /** Headers that a client may only send through a proxy that we trust. */
  private static boolean speaksForAProxy(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("x-forwarded-") || lower.equals("forwarded");
  }

  /** In one go: what a client sends in place of a variable is never taken for one. */
  private static String expand(String value, Map<String, String> variables) {
    return VARIABLE
        .matcher(value)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(variables.getOrDefault(found.group(1), found.group(1))));
  }

  private static String firstLine(HttpResponseStatus status) {
    return "HTTP/1.1 " + status + "\r\n";
  }

  private void headers(HttpHeaders headers, Predicate<String> which) {
    headers
        .iteratorCharSequence()
        .forEachRemaining(
            header -> {
              if (which.test(header.getKey().toString())) {
                header(header.getKey(), header.getValue());
              }
            });
  }

  private void header(CharSequence name, CharSequence value) {
    out.writeCharSequence(name, ISO_8859_1);
    out.writeCharSequence(": ", ISO_8859_1);
    out.writeCharSequence(value, ISO_8859_1);
    out.writeCharSequence("\r\n", ISO_8859_1);
  }

  private ByteBuf end() {
    out.writeCharSequence("\r\n", ISO_8859_1);
    return out;
  }
}
