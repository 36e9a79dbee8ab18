package dev.dormouse.activator;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Predicate;

/** The addresses whose word on a client is taken. Immutable. */
public final class TrustedProxies implements Predicate<InetAddress> {
  private final List<IpSubnetFilterRule> rules;

  private TrustedProxies(List<IpSubnetFilterRule> rules) {
    this.rules = rules;
  }

  /** Those of valid addresses and networks in CIDR notation. */
  static TrustedProxies of(List<String> networks) {
    return new TrustedProxies(networks.stream().map(TrustedProxies::rule).toList());
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
