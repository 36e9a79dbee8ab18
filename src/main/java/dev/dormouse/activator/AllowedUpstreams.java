package dev.dormouse.activator;

import dev.dormouse.gate.Networks;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Where tunnels to other regions may lead. Whoever writes a manifest must not get, through us,
 * where only we can reach: everywhere but on the public internet hosts are allowed one by one.
 * Immutable.
 */
public record AllowedUpstreams(List<Host> hosts) {
  /** Nothing but public addresses. */
  public static final AllowedUpstreams PUBLIC = new AllowedUpstreams(List.of());

  /**
   * A host that is allowed wherever it is.
   *
   * @param name as it stands in manifests, or an address
   * @param port the only one; empty for all
   */
  public record Host(String name, OptionalInt port) {
    private boolean is(String host, int dialed) {
      return bare(name).equals(bare(host)) && port.orElse(dialed) == dialed;
    }

    private static String bare(String host) {
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      return (bracketed ? host.substring(1, host.length() - 1) : host).toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Not globally reachable by IANA's registries of special-purpose addresses (RFC 6890): among them
   * loopback, private, link-local, shared (RFC 6598) and multicast ones, and with them the metadata
   * services of clouds, but for Azure's, which has a public address.
   */
  private static final Networks SPECIAL =
      Networks.of(
          List.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "168.63.129.16/32",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.0.2.0/24",
              "192.168.0.0/16",
              "198.18.0.0/15",
              "198.51.100.0/24",
              "203.0.113.0/24",
              "224.0.0.0/3"));

  /** RFC 4291, 2.4: the other unicast addresses are of one machine, one link or one site. */
  private static final Networks GLOBAL = Networks.of(List.of("2000::/3"));

  private static final Networks SPECIAL_IN_GLOBAL =
      Networks.of(List.of("2001::/23", "2001:db8::/32", "3fff::/20"));

  /** RFC 6052: an IPv4 address in its last four bytes. */
  private static final Networks NAT64 = Networks.of(List.of("64:ff9b::/96"));

  /** RFC 3056: an IPv4 address behind the first two bytes. */
  private static final Networks SIX_TO_FOUR = Networks.of(List.of("2002::/16"));

  /**
   * Whether it may be dialled. Asks the system for its interfaces: not for an event loop.
   *
   * @param host as the manifest names it
   * @param address what that was resolved to, and what will be dialled
   */
  boolean allows(String host, int port, InetAddress address) {
    return hosts.stream().anyMatch(it -> it.is(host, port))
        || (isPublic(address) && !isOurs(address));
  }

  /** Whether it is everybody's to reach. */
  static boolean isPublic(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return !SPECIAL.test(address);
    }
    byte[] bytes = address.getAddress();
    if (NAT64.test(address)) {
      return isPublic(embedded(bytes, 12));
    }
    if (SIX_TO_FOUR.test(address)) {
      return isPublic(embedded(bytes, 2));
    }
    return GLOBAL.test(address) && !SPECIAL_IN_GLOBAL.test(address);
  }

  private static InetAddress embedded(byte[] bytes, int from) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** Ports of ours among them: another region is on another machine. */
  private static boolean isOurs(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException _) {
      return true;
    }
  }
}
