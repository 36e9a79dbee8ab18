package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Heads of HTTP messages as they are passed on: headers in the order and case in which they came.
 * The caller owns the buffers.
 */
final class Heads {
  private static final int TYPICAL_BYTES = 1024;
  private static final String FORWARDED_FOR = "X-Forwarded-For";
  private static final String FORWARDED_PROTO = "X-Forwarded-Proto";
  private static final String FORWARDED_HOST = "X-Forwarded-Host";

  /** RFC 9110, 7.6.1, and what framing our answer anew makes untrue. */
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "content-length");

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
      InetSocketAddress peer,
      Optional<String> region) {
    var spec = hit.served().spec();
    Predicate<InetAddress> trusted = trusted(spec.access().trustedProxies());
    boolean fromProxy = trusted.test(peer.getAddress());
    Map<String, String> ours = forwarded(request.headers(), peer.getAddress(), fromProxy);
    var variables =
        Map.of(
            "$remote_addr", remoteAddress(ours.getOrDefault(FORWARDED_FOR, ""), peer, trusted),
            "$scheme", ours.getOrDefault(FORWARDED_PROTO, ""),
            "$host", request.headers().get(HttpHeaderNames.HOST, ""),
            "$region", region.orElse(""));
    List<String> removed = spec.headers().remove();
    removed.forEach(name -> ours.keySet().removeIf(name::equalsIgnoreCase));
    spec.headers()
        .set()
        .forEach(
            (name, value) -> {
              ours.keySet().removeIf(name::equalsIgnoreCase);
              ours.put(name, expand(value, variables));
            });
    Set<String> dropped = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    dropped.addAll(ours.keySet());
    dropped.addAll(removed);
    dropped.addAll(List.of(FORWARDED_FOR, FORWARDED_PROTO, FORWARDED_HOST));
    dropped.add("Proxy"); // becomes HTTP_PROXY in CGI-like workloads: httpoxy, CVE-2016-5385
    var head = new Heads(allocator, "GET " + hit.upstreamTarget() + " HTTP/1.1\r\n");
    head.headers(
        request.headers(),
        name -> !dropped.contains(name) && (fromProxy || !speaksForAProxy(name)));
    ours.forEach(head::header);
    return head.end();
  }

  /** A 101, unchanged. */
  static ByteBuf switching(ByteBufAllocator allocator, HttpResponse response) {
    var head = new Heads(allocator, firstLine(response.status()));
    head.headers(response.headers(), _ -> true);
    return head.end();
  }

  /** The workload's refusal, to be followed by so many bytes and the end of the connection. */
  static ByteBuf refusal(ByteBufAllocator allocator, HttpResponse response, int bodyBytes) {
    Set<String> dropped = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    dropped.addAll(HOP_BY_HOP);
    response.headers().getAll(HttpHeaderNames.CONNECTION).stream()
        .flatMap(Heads::values)
        .forEach(dropped::add);
    var head = new Heads(allocator, firstLine(response.status()));
    head.headers(response.headers(), name -> !dropped.contains(name));
    if (!response.status().equals(HttpResponseStatus.NO_CONTENT)) {
      head.header("Content-Length", Integer.toString(bodyBytes));
    }
    head.header("Connection", "close");
    return head.end();
  }

  private static Map<String, String> forwarded(
      HttpHeaders headers, InetAddress peer, boolean fromProxy) {
    List<String> addresses = fromProxy ? all(headers, FORWARDED_FOR) : List.of();
    List<String> protos = fromProxy ? all(headers, FORWARDED_PROTO) : List.of();
    List<String> hosts = fromProxy ? all(headers, FORWARDED_HOST) : List.of();
    Map<String, String> forwarded = new LinkedHashMap<>();
    forwarded.put(
        FORWARDED_FOR, addresses.isEmpty() ? peer.getHostAddress() : String.join(", ", addresses));
    forwarded.put(FORWARDED_PROTO, protos.isEmpty() ? "http" : protos.getFirst());
    forwarded.put(
        FORWARDED_HOST, hosts.isEmpty() ? headers.get(HttpHeaderNames.HOST, "") : hosts.getFirst());
    return forwarded;
  }

  /** The distinct elements of a list header, in order. */
  private static List<String> all(HttpHeaders headers, String name) {
    return headers.getAll(name).stream().flatMap(Heads::values).distinct().toList();
  }

  private static Stream<String> values(String list) {
    return Stream.of(list.split(",")).map(String::strip).filter(value -> !value.isEmpty());
  }

  /** The last hop that is no proxy of ours. */
  private static String remoteAddress(
      String forwardedFor, InetSocketAddress peer, Predicate<InetAddress> trusted) {
    List<String> hops = new ArrayList<>(values(forwardedFor).toList());
    return hops.reversed().stream()
        .filter(
            hop ->
                Optional.ofNullable(NetUtil.createInetAddressFromIpAddressString(hop))
                    .filter(trusted)
                    .isEmpty())
        .findFirst()
        .orElseGet(() -> hops.isEmpty() ? peer.getAddress().getHostAddress() : hops.getFirst());
  }

  private static Predicate<InetAddress> trusted(List<String> proxies) {
    List<IpSubnetFilterRule> rules = proxies.stream().map(Heads::rule).toList();
    return address ->
        rules.stream().anyMatch(rule -> rule.matches(new InetSocketAddress(address, 0)));
  }

  private static IpSubnetFilterRule rule(String cidr) {
    String single = cidr.indexOf(':') < 0 ? "/32" : "/128";
    return new IpSubnetFilterRule(
        cidr.indexOf('/') < 0 ? cidr + single : cidr, IpFilterRuleType.ACCEPT);
  }

  /** Headers that a client may only send through a proxy that we trust. */
  private static boolean speaksForAProxy(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("x-forwarded-") || lower.equals("forwarded");
  }

  private static String expand(String value, Map<String, String> variables) {
    String expanded = value;
    for (var variable : variables.entrySet()) {
      expanded = expanded.replace(variable.getKey(), variable.getValue());
    }
    return expanded;
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
