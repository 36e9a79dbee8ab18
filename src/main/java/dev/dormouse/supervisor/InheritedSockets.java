package dev.dormouse.supervisor;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import reactor.netty.resources.LoopResources;

/**
 * Listening sockets that were open when this process began, by what they are for: sd_listen_fds(3).
 * They are descriptors 3 and following, {@code LISTEN_FDS} of them, if {@code LISTEN_PID} is this
 * process; {@code LISTEN_FDNAMES} has their names, separated by colons. Without names the first is
 * {@link Name#LISTEN}, the second {@link Name#ADMIN}.
 *
 * <p>Whoever opened such a socket may keep it as well. Then the kernel goes on queueing clients
 * when this process ends, for the one that comes after it. Immutable.
 */
public final class InheritedSockets {
  /** SD_LISTEN_FDS_START. */
  private static final int FIRST = 3;

  /** asm-generic/socket.h: the options that tell what a socket is. */
  private static final int SOL_SOCKET = 1;

  private static final int SO_TYPE = 3;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;

  private static final int SOCK_STREAM = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  /** asm-generic/fcntl.h; {@code fdinfo} shows it, in octal. */
  private static final int O_NONBLOCK = 04000;

  private final Map<Name, Integer> descriptors;

  /** What a socket is for; in lower case its name in {@code LISTEN_FDNAMES}. */
  public enum Name {
    /** Clients connect to it. */
    LISTEN,
    /** The admin port. */
    ADMIN
  }

  private InheritedSockets(Map<Name, Integer> descriptors) {
    this.descriptors = descriptors;
  }

  /**
   * Those that this environment tells of; none if it tells of none, or tells another process.
   *
   * @param pid of this process
   * @throws IOException if there is one that cannot be listened on; the message says what to do
   */
  public static InheritedSockets of(Map<String, String> env, long pid) throws IOException {
    var sockets = new InheritedSockets(descriptors(env, pid));
    for (int descriptor : sockets.descriptors.values()) {
      check(descriptor);
    }
    return sockets;
  }

  /** What the variables say, the descriptors not looked at. */
  static Map<Name, Integer> descriptors(Map<String, String> env, long pid) throws IOException {
    String count = env.getOrDefault("LISTEN_FDS", "0");
    if (count.equals("0") || !Long.toString(pid).equals(env.get("LISTEN_PID"))) {
      return Map.of();
    }
    if (!count.equals("1") && !count.equals("2")) {
      throw new IOException("LISTEN_FDS=" + count + ": it can be one socket to listen on, or two");
    }
    String[] names =
        env.getOrDefault("LISTEN_FDNAMES", count.equals("1") ? "listen" : "listen:admin")
            .split(":", -1);
    if (names.length != Integer.parseInt(count)) {
      throw invalid(names, "LISTEN_FDS is " + count);
    }
    var found = new EnumMap<Name, Integer>(Name.class);
    for (int i = 0; i < names.length; i++) {
      if (found.put(named(names, names[i]), FIRST + i) != null) {
        throw invalid(names, "two sockets of one name");
      }
    }
    return found;
  }

  private static Name named(String[] names, String text) throws IOException {
    for (Name name : Name.values()) {
      if (name.name().toLowerCase(Locale.ROOT).equals(text)) {
        return name;
      }
    }
    String why = "a socket is named listen or admin; a .socket unit says so with";
    throw invalid(names, why + " FileDescriptorName=listen");
  }

  private static IOException invalid(String[] names, String why) {
    return new IOException("LISTEN_FDNAMES=" + String.join(":", names) + ": " + why);
  }

  /** Refuses what cannot be accepted from, or would have an event loop wait for a client. */
  private static void check(int descriptor) throws IOException {
    if (!Epoll.isAvailable()) {
      String why = String.valueOf(Epoll.unavailabilityCause().getMessage());
      throw new IOException("LISTEN_FDS: sockets are inherited through epoll only: " + why);
    }
    String where = "LISTEN_FDS: descriptor " + descriptor;
    if (!listens(descriptor)) {
      throw new IOException(where + " is no TCP socket that listens");
    }
    if (blocks(Files.readString(Path.of("/proc/self/fdinfo/" + descriptor)))) {
      throw new IOException(where + " blocks; a .service unit mends that with NonBlocking=yes");
    }
  }

  static boolean listens(int descriptor) {
    try {
      var socket = new Socket(descriptor);
      int domain = socket.getIntOpt(SOL_SOCKET, SO_DOMAIN);
      return (domain == AF_INET || domain == AF_INET6)
          && socket.getIntOpt(SOL_SOCKET, SO_TYPE) == SOCK_STREAM
          && socket.getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) == 1;
    } catch (IOException | ChannelException _) {
      return false; // no socket, or nothing at all
    }
  }

  /** Whether calls on the descriptor that {@code fdinfo} describes wait: proc(5). */
  static boolean blocks(String fdinfo) throws IOException {
    String flags = "flags:\t";
    return fdinfo
        .lines()
        .filter(it -> it.startsWith(flags))
        .findFirst()
        .map(it -> (Integer.parseInt(it.substring(flags.length()), 8) & O_NONBLOCK) == 0)
        .orElseThrow(() -> new IOException("LISTEN_FDS: no flags in fdinfo"));
  }

  /** Whether there is one for this. */
  public boolean has(Name name) {
    return descriptors.containsKey(name);
  }

  /**
   * The same loops, but the server that is opened with them accepts from the inherited socket,
   * whatever address it is told; the given ones if there is no such socket. One server each.
   */
  public LoopResources through(Name name, LoopResources loops) {
    Integer descriptor = descriptors.get(name);
    return descriptor == null ? loops : new OpenSocketLoops(loops, descriptor);
  }
}
