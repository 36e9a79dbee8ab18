package dev.dormouse.core;

/** A ready address of a workload: where the activator dials. */
public record Endpoint(String host, int port) {
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
