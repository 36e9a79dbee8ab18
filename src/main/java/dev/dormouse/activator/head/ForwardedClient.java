package dev.dormouse.activator.head;

import dev.dormouse.gate.Networks;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who sends a request, as far as that is to be believed: what a trusted proxy says, else what the
 * connection says.
 *
 * @param viaProxy whether the peer is a trusted proxy
 * @param forwardedFor the client and the proxies behind it, in the form of X-Forwarded-For
 * @param address of the client, as text; what a trusted proxy wrote if that is no address
 */
public record ForwardedClient(
    boolean viaProxy, String forwardedFor, String scheme, String host, String address) {
  /** Client and proxies, the nearest last. */
  public static final String FORWARDED_FOR = "X-Forwarded-For";

  /** {@code http} or {@code https}, as the client spoke. */
  public static final String FORWARDED_PROTO = "X-Forwarded-Proto";

  /** What the client asked for. */
  public static final String FORWARDED_HOST = "X-Forwarded-Host";

  /** Set by Fly's proxy on every request; elsewhere anybody's to invent. */
  private static final String FLY_CLIENT_IP = "Fly-Client-IP";

  /** Some proxies write the port, too. */
  private static final Pattern WITH_PORT =
      Pattern.compile("\\[([0-9A-Fa-f:.]+)](?::\\d+)?|([0-9.]+):\\d+");

  /** An IPv6 client has all addresses of a network of this many bytes of prefix (RFC 6177). */
  private static final int IPV6_CLIENT_PREFIX_BYTES = 8;

  /** From the head of a request and who sent it. */
  public static ForwardedClient of(
      HttpHeaders headers, ConnectionPeer peer, Networks trusted, boolean onFly) {
    InetAddress from = peer.address();
    String scheme = peer.tls() ? "https" : "http";
    String host = headers.get(HttpHeaderNames.HOST, "");
    String connection = from.getHostAddress();
    if (!trusted.test(from)) {
      return new ForwardedClient(false, connection, scheme, host, connection);
    }
    List<String> hops = hops(headers);
    List<String> told = onFly ? ListHeader.of(headers, FLY_CLIENT_IP) : List.of();
    return new ForwardedClient(
        true,
        hops.isEmpty() ? connection : String.join(", ", hops),
        first(ListHeader.of(headers, FORWARDED_PROTO), scheme),
        first(ListHeader.of(headers, FORWARDED_HOST), host),
        told.isEmpty() ? lastUntrusted(hops, trusted, connection) : told.getFirst());
  }

  /** What connections of one client have in common. */
  public String client() {
    return parsed(address)
        .filter(Inet6Address.class::isInstance)
        .map(six -> Arrays.copyOf(six.getAddress(), IPV6_CLIENT_PREFIX_BYTES))
        .map(HexFormat.of()::formatHex)
        .orElse(address);
  }

  /**
   * Repeated neighbours are one hop that two proxies wrote down. Repeats further apart stand: a
   * client may have invented the first.
   */
  private static List<String> hops(HttpHeaders headers) {
    List<String> hops = new ArrayList<>();
    for (String value : ListHeader.of(headers, FORWARDED_FOR)) {
      String hop = withoutPort(value);
      if (hops.isEmpty() || !hops.getLast().equals(hop)) {
        hops.add(hop);
      }
    }
    return hops;
  }

  /** The last hop that is no proxy of ours; if all are, the first; without any, the other. */
  private static String lastUntrusted(
      List<String> hops, Predicate<InetAddress> trusted, String other) {
    for (String hop : hops.reversed()) {
      if (parsed(hop).filter(trusted).isEmpty()) {
        return hop;
      }
    }
    return first(hops, other);
  }

  private static String first(List<String> values, String other) {
    return values.isEmpty() ? other : values.getFirst();
  }

  private static String withoutPort(String hop) {
    Matcher matcher = WITH_PORT.matcher(hop);
    if (!matcher.matches()) {
      return hop;
    }
    return matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
  }

  private static Optional<InetAddress> parsed(String address) {
    return Optional.ofNullable(NetUtil.createInetAddressFromIpAddressString(address));
  }
}
