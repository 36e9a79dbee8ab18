package dev.dormouse.nap;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * How this process came back from a nap, if it did.
 *
 * @param cause what ended it: a signal, or what the shell found at its first look
 * @param lock the descriptor through which the state directory has been locked meanwhile
 * @param spare descriptors that only the shell needed
 * @param alarmed whether a signal of the clock may still come, which is ignored so far
 * @param bytes the proportional set size of the shell, if the kernel tells
 */
public record Woken(
    String cause, int lock, OptionalLong bytes, List<Integer> spare, boolean alarmed) {
  static final String LOCK = "DORMOUSE_NAP_LOCK";
  static final String SPARE = "DORMOUSE_NAP_SPARE";
  static final String ALARM = "DORMOUSE_NAP_ALARM";
  private static final String CAUSE = "DORMOUSE_WOKEN";
  private static final System.Logger LOG = System.getLogger("dormouse");

  /**
   * What the launcher tells, if it tells this process.
   *
   * @param pid of this process: it stays the same over a nap
   */
  public static Optional<Woken> of(Map<String, String> env, long pid) {
    String cause = env.getOrDefault(CAUSE, "");
    if (cause.isEmpty() || !Long.toString(pid).equals(env.get("LISTEN_PID"))) {
      return Optional.empty();
    }
    String kilobytes = env.getOrDefault("DORMOUSE_NAP_KB", "");
    return Optional.of(
        new Woken(
            cause,
            Integer.parseInt(env.getOrDefault(LOCK, "-1")),
            kilobytes.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(kilobytes) * 1024),
            Stream.of(env.getOrDefault(SPARE, "").split(" ", -1))
                .filter(it -> !it.isEmpty())
                .map(Integer::valueOf)
                .toList(),
            env.containsKey(ALARM) && !cause.equals("ALRM")));
  }

  /**
   * Takes back the signal that would have ended the nap. To be called before there are children,
   * which would ignore it, too.
   */
  public void disarm() {
    if (alarmed) {
      try {
        var posix = new Posix();
        posix.alarm(Duration.ZERO);
        posix.heed(Posix.SIGALRM);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "the alarm of the nap is ignored: " + e.getMessage());
      }
    }
  }

  /** Closes what only the shell needed. To be called once there is a native transport. */
  public void release() {
    for (int descriptor : spare) {
      try {
        new FileDescriptor(descriptor).close();
      } catch (IOException e) {
        LOG.log(Level.WARNING, "a descriptor of the nap stays open: " + e.getMessage());
      }
    }
  }

  /** Whether it was told to end. */
  public boolean shallEnd() {
    return cause.equals("TERM") || cause.equals("INT");
  }

  /** Whether a client may have ended it. */
  public boolean byClient() {
    return cause.equals("URG") || cause.equals("queue");
  }

  /** One of a fixed set, for a metric. */
  public String label() {
    return switch (cause) {
      case "URG", "queue" -> "connection";
      case "file" -> "file";
      case "CHLD", "child" -> "child";
      case "ALRM" -> "clock";
      default -> "signal";
    };
  }

  /** In words that follow "woken by". */
  public String explain() {
    return switch (cause) {
      case "URG" -> "a connection, or a file that changed";
      case "queue" -> "a connection";
      case "file" -> "a file that changed";
      case "CHLD", "child" -> "the end of a process of ours";
      case "ALRM" -> "the clock";
      default -> "SIG" + cause;
    };
  }
}
