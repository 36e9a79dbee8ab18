package dev.dormouse.navigator;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a reverse proxy leads on this machine.
 *
 * @param path what follows the port, {@code $1} included
 */
record ProxyTarget(int port, String path) {
  private static final Pattern LOCAL =
      Pattern.compile(
          "(?:http|ws)://(?:localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1])(?::(\\d{1,5}))?([/$].*)?");

  /** Empty if it leads elsewhere, or through TLS. */
  static Optional<ProxyTarget> of(String url) {
    Matcher local = LOCAL.matcher(url);
    if (!local.matches()) {
      return Optional.empty();
    }
    int port = local.group(1) == null ? 80 : Integer.parseInt(local.group(1));
    return Optional.of(new ProxyTarget(port, local.group(2) == null ? "" : local.group(2)));
  }
}
