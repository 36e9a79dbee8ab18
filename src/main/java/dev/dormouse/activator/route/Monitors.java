package dev.dormouse.activator.route;

import dev.dormouse.core.ServiceSpec.Monitor;
import dev.dormouse.gate.Networks;
import io.netty.util.NetUtil;
import java.util.List;
import java.util.Optional;

/** The clients of a service that are declared to be monitors. Immutable. */
public final class Monitors {
  private final List<Rule> rules;

  private Monitors(List<Rule> rules) {
    this.rules = rules;
  }

  private record Rule(Optional<Networks> networks, Optional<Glob> userAgent) {
    boolean matches(String address, String agent) {
      return networks.map(it -> isIn(it, address)).orElse(true)
          && userAgent.map(it -> it.matches(agent)).orElse(true);
    }

    private static boolean isIn(Networks networks, String address) {
      return Optional.ofNullable(NetUtil.createInetAddressFromIpAddressString(address))
          .filter(networks)
          .isPresent();
    }
  }

  static Monitors of(List<Monitor> declared) {
    return new Monitors(
        declared.stream()
            .map(
                it ->
                    new Rule(
                        it.address().map(a -> Networks.of(List.of(a))),
                        it.userAgent().map(Glob::of)))
            .toList());
  }

  /** Whether a client with this address, as it is to be believed, and user agent is one. */
  public boolean isOne(String address, String userAgent) {
    for (Rule rule : rules) {
      if (rule.matches(address, userAgent)) {
        return true;
      }
    }
    return false;
  }
}
