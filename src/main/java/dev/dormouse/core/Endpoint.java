package dev.dormouse.core;

/**
 * A ready address of a workload: where the activator dials.
 *
 * @param host an address, or the absolute path of a Unix socket
 * @param port 0 of a Unix socket
 */
public record Endpoint(String host, int port) {
  /** A Unix socket at this absolute path. */
  public static Endpoint ofSocket(String path) {
    return new Endpoint(path, 0);
  }

  /** Whether it is a Unix socket. */
  public boolean isSocket() {
    return host.startsWith("/");
  }

  @Override
  public String toString() {
    if (isSocket()) {
      return "unix:" + host;
    }
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
