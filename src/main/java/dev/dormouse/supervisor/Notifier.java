package dev.dormouse.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Tells whoever started this process how it is, as sd_notify(3) does: datagrams to the socket that
 * {@code NOTIFY_SOCKET} names. What cannot be delivered is dropped: a supervisor that has gone away
 * must not stop what it supervised. Thread-safe.
 */
public final class Notifier {
  private static final Logger LOG = System.getLogger("dormouse");

  /** Of a message; what is longer is cut off. */
  private static final int MAX_BYTES = 1024;

  private static final long NANOS_PER_MICRO = 1000;

  private final byte[] address;
  private final Optional<Duration> watchdog;
  private final ByteBuffer message = ByteBuffer.allocateDirect(MAX_BYTES);

  private Notifier(byte[] address, Optional<Duration> watchdog) {
    this.address = address;
    this.watchdog = watchdog;
  }

  /**
   * The one that this environment asks for; none if nobody wants to hear.
   *
   * @param pid of this process: the watchdog may be meant for another
   * @throws IOException if somebody does and cannot be told
   */
  public static Optional<Notifier> of(Map<String, String> env, long pid) throws IOException {
    String socket = env.getOrDefault("NOTIFY_SOCKET", "");
    if (socket.isEmpty()) {
      return Optional.empty();
    }
    if (!socket.startsWith("/") && !socket.startsWith("@")) {
      throw new IOException("NOTIFY_SOCKET=" + socket + ": neither a path nor an abstract socket");
    }
    if (!Epoll.isAvailable()) {
      String why = String.valueOf(Epoll.unavailabilityCause().getMessage());
      throw new IOException("NOTIFY_SOCKET: datagrams are sent through epoll only: " + why);
    }
    byte[] address = socket.getBytes(UTF_8);
    if (address[0] == '@') {
      address[0] = 0; // unix(7): the abstract namespace
    }
    return Optional.of(new Notifier(address, watchdog(env, pid)));
  }

  /** How often a sign of life is wanted: sd_watchdog_enabled(3). */
  static Optional<Duration> watchdog(Map<String, String> env, long pid) throws IOException {
    String micros = env.get("WATCHDOG_USEC");
    String whose = env.getOrDefault("WATCHDOG_PID", Long.toString(pid));
    if (micros == null || !whose.equals(Long.toString(pid))) {
      return Optional.empty();
    }
    try {
      long limit = Long.parseLong(micros);
      if (limit > 0) {
        return Optional.of(Duration.ofNanos(Math.multiplyExact(limit, NANOS_PER_MICRO)));
      }
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IOException("WATCHDOG_USEC=" + micros + ": no number of microseconds", e);
    }
    throw new IOException("WATCHDOG_USEC=" + micros + ": not positive");
  }

  /** Within which time it must hear {@link #alive} again and again; empty if it need not. */
  public Optional<Duration> watchdog() {
    return watchdog;
  }

  /** Everything is up. */
  public void ready() {
    tell("READY=1");
  }

  /** A sign of life. */
  public void alive() {
    tell("WATCHDOG=1");
  }

  /** What it is doing, in one line for people. */
  public void status(String line) {
    tell("STATUS=" + line.replace('\n', ' '));
  }

  /** The end has begun; it takes no longer than this. */
  public void stopping(Duration bound) {
    tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + bound.toNanos() / NANOS_PER_MICRO);
  }

  private synchronized void tell(String assignments) {
    byte[] bytes = assignments.getBytes(UTF_8);
    message.clear().put(Arrays.copyOf(bytes, Math.min(bytes.length, MAX_BYTES)));
    try {
      // One for each message: the other end may have been opened anew.
      Socket socket = Socket.newSocketDomainDgram();
      try {
        var _ = socket.sendToDomainSocket(message, 0, message.position(), address);
      } finally {
        socket.close();
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "not told: " + assignments, e);
    }
  }
}
