package dev.dormouse.activator;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Predicate;

/** Addresses of one or more networks. Immutable. */
public final class Networks implements Predicate<InetAddress> {
  private final List<IpSubnetFilterRule> rules;

  private Networks(List<IpSubnetFilterRule> rules) {
    this.rules = rules;
  }

  /** Those of valid addresses and networks in CIDR notation. */
  static Networks of(List<String> networks) {
    return new Networks(networks.stream().map(Networks::rule).toList());
  }

  @Override
  public boolean test(InetAddress address) {
    var peer = new InetSocketAddress(address, 0);
    for (IpSubnetFilterRule rule : rules) {
      if (rule.matches(peer)) {
        return true;
      }
    }
    return false;
  }

  private static IpSubnetFilterRule rule(String cidr) {
    String single = cidr.indexOf(':') < 0 ? "/32" : "/128";
    return new IpSubnetFilterRule(
        cidr.indexOf('/') < 0 ? cidr + single : cidr, IpFilterRuleType.ACCEPT);
  }
}
