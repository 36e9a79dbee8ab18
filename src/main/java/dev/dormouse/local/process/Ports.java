package dev.dormouse.local.process;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Who listens where on this machine. */
public final class Ports {
  private Ports() {}

  /** The address of a workload, port 0 being any that is free; empty if it has none. */
  public static Optional<Endpoint> assign(String host, ServiceSpec spec) throws IOException {
    if (spec.socket().isPresent()) {
      return spec.socket().map(Endpoint::ofSocket);
    }
    OptionalInt port = spec.port();
    if (port.isEmpty()) {
      return Optional.empty();
    }
    if (port.getAsInt() != 0) {
      return Optional.of(new Endpoint(host, port.getAsInt()));
    }
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral(host))) {
      return Optional.of(new Endpoint(host, socket.getLocalPort()));
    }
  }

  /**
   * The inodes of the sockets that take connections to this address. Milliseconds: the kernel walks
   * its whole table of sockets.
   */
  public static Set<Long> listening(ProcFs proc, Endpoint endpoint) {
    return listening(proc, endpoint, Set.of());
  }

  /** The same, but only up to the first of these sockets, if it is among them. */
  public static Set<Long> listening(ProcFs proc, Endpoint endpoint, Set<Long> enough) {
    if (endpoint.isSocket()) {
      return proc.unixListeners(endpoint.host());
    }
    InetAddress host = InetAddress.ofLiteral(endpoint.host());
    Set<Long> found = new HashSet<>();
    proc.listeners(
        l ->
            l.port() == endpoint.port()
                && (l.address().isAnyLocalAddress() || l.address().equals(host))
                && found.add(l.inode())
                && enough.contains(l.inode()));
    return found;
  }

  /** That somebody else listens there, in words; empty if nobody does. */
  public static Optional<String> busy(ProcFs proc, Endpoint endpoint) {
    return Probe.isAccepting(endpoint)
        ? Optional.of(busy(proc, endpoint, listening(proc, endpoint)))
        : Optional.empty();
  }

  /** That somebody else listens there with these sockets, in words. Slow. */
  public static String busy(ProcFs proc, Endpoint endpoint, Set<Long> sockets) {
    String holder =
        proc.holders(sockets).stream()
            .findFirst()
            .map(stat -> proc.describe(stat.pid()))
            .orElse("an unknown process");
    return endpoint + " is in use by " + holder;
  }

  /**
   * Removes the file of a Unix socket at which nobody accepts: many servers fail if it is there.
   */
  public static void removeStale(Endpoint endpoint) throws IOException {
    Path path = Path.of(endpoint.host());
    if (endpoint.isSocket()
        && Files.exists(path)
        && Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
      Files.deleteIfExists(path);
    }
  }
}
