package dev.dormouse.gate;

import java.net.InetAddress;
import java.util.List;
import java.util.function.Predicate;

/** Addresses of one or more networks. Immutable. */
public final class Networks implements Predicate<InetAddress> {
  private final List<Network> networks;

  private Networks(List<Network> networks) {
    this.networks = networks;
  }

  /** Those of valid addresses and networks in CIDR notation. */
  public static Networks of(List<String> networks) {
    return new Networks(networks.stream().map(Network::of).toList());
  }

  @Override
  public boolean test(InetAddress address) {
    for (Network network : networks) {
      if (network.holds(address)) {
        return true;
      }
    }
    return false;
  }

  /** All addresses that have the first bits of this one. */
  private record Network(InetAddress base, int bits) {
    static Network of(String cidr) {
      int slash = cidr.indexOf('/');
      InetAddress base = InetAddress.ofLiteral(slash < 0 ? cidr : cidr.substring(0, slash));
      int all = base.getAddress().length * Byte.SIZE;
      return new Network(base, slash < 0 ? all : Integer.parseInt(cidr.substring(slash + 1)));
    }

    boolean holds(InetAddress address) {
      byte[] ours = base.getAddress();
      byte[] its = address.getAddress();
      if (ours.length != its.length) {
        return false;
      }
      for (int i = 0, left = bits; left > 0; i++, left -= Byte.SIZE) {
        int mask = left < Byte.SIZE ? 0xFF << (Byte.SIZE - left) : 0xFF;
        if (((ours[i] ^ its[i]) & mask & 0xFF) != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
