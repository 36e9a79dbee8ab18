package dev.dormouse.local.state;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;

/**
 * What all workloads of this machine share.
 *
 * @param stateDir where their output is kept; created if missing
 * @param region {@code $(REGION)}; may be blank
 * @param host {@code $(HOST)}: the address, not a name, on which they listen
 * @param inheritedEnv what their environments begin with
 */
public record LocalSettings(
    Path stateDir, String region, String host, Map<String, String> inheritedEnv) {
  /** Refuses a host that is a name. */
  public LocalSettings {
    InetAddress _ = InetAddress.ofLiteral(host);
    inheritedEnv = Map.copyOf(inheritedEnv);
  }
}
