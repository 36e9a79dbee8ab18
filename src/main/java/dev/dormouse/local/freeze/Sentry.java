package dev.dormouse.local.freeze;

import static dev.dormouse.local.freeze.Descriptors.EPOLLET;
import static dev.dormouse.local.freeze.Descriptors.EPOLLIN;
import static dev.dormouse.local.freeze.Descriptors.EPOLLONESHOT;
import static dev.dormouse.local.freeze.Descriptors.EPOLLOUT;
import static dev.dormouse.local.freeze.Descriptors.EPOLLPRI;
import static dev.dormouse.local.freeze.Descriptors.EPOLLRDHUP;

import dev.dormouse.core.WakeReason;
import dev.dormouse.local.process.OpenFile;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.Warden;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Watches for one service: its files, and all that its processes could be waiting for. Of these it
 * holds duplicates, in an epoll set, edge-triggered: what was so when it began is told once, and
 * after that only what is new.
 *
 * <p>That a descriptor can be written to is news only where it could not: the process may be
 * waiting to write.
 */
final class Sentry implements Warden.Post {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private static final int EVERYTHING = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLOUT | EPOLLET;

  /** Two for each client of a crowd: its socket at the server, and what goes with it. */
  private static final int MAX_DESCRIPTORS = 65_536;

  /** What epoll calls the watch of files; duplicates have numbers from 0 on. */
  private static final long FILES = -1;

  private final Descriptors os;
  private final ProcFs proc;
  private final Consumer<WakeReason> news;
  private final Runnable left;
  private final int epoll;
  private final FileAlarm files;

  /** By their number: what they are duplicates of. */
  private final Map<Integer, String> duplicates = new HashMap<>();

  /** Those that can be written to anyway. */
  private final Set<Integer> writable = new HashSet<>();

  private boolean told;
  private boolean closed;

  /** Nothing is watched yet. */
  Sentry(Descriptors os, ProcFs proc, Consumer<WakeReason> news, Runnable left) throws IOException {
    this.os = os;
    this.proc = proc;
    this.news = news;
    this.left = left;
    this.epoll = os.epoll();
    this.files = new FileAlarm(os);
  }

  int epoll() {
    return epoll;
  }

  /** Watches files from now on. */
  synchronized void look(List<Path> paths) throws IOException {
    OptionalInt inotify = files.watch(paths);
    if (inotify.isPresent()) {
      os.add(epoll, inotify.getAsInt(), EPOLLIN | EPOLLET, FILES);
    }
  }

  @Override
  public synchronized Set<String> watch(List<Stat> processes) throws IOException {
    if (closed) {
      return Set.of();
    }
    Set<String> sockets = new HashSet<>();
    for (Stat process : processes) {
      OptionalInt pidfd = os.pidfd(process.pid());
      if (pidfd.isPresent()) {
        try {
          duplicate(process, pidfd.getAsInt(), sockets);
        } finally {
          os.close(pidfd.getAsInt());
        }
      }
    }
    return firstLook();
  }

  /** Several processes share a socket: one duplicate is enough. */
  private void duplicate(Stat process, int pidfd, Set<String> sockets) throws IOException {
    for (OpenFile file : proc.openFiles(process.pid())) {
      if (!file.isPollable() || (file.isSocket() && !sockets.add(file.target()))) {
        continue;
      }
      if (duplicates.size() >= MAX_DESCRIPTORS) {
        throw new IOException("it has more than " + MAX_DESCRIPTORS + " open descriptors");
      }
      OptionalInt duplicate = os.duplicate(pidfd, file.number());
      if (duplicate.isPresent()) {
        keep(duplicate.getAsInt(), process.pid() + " " + file);
      }
    }
  }

  private void keep(int duplicate, String name) throws IOException {
    boolean kept = false;
    try {
      kept = os.add(epoll, duplicate, EVERYTHING, duplicate);
    } finally {
      if (kept) {
        duplicates.put(duplicate, name);
      } else {
        os.close(duplicate);
      }
    }
  }

  /** What is ready now; edges come after it. */
  private Set<String> firstLook() throws IOException {
    Set<String> ready = new HashSet<>();
    Descriptors.Heard first =
        (data, events) -> {
          int number = (int) data;
          if ((events & EPOLLOUT) != 0) {
            writable.add(number);
          }
          if (data == FILES ? files.hasChanged() : (events & ~EPOLLOUT) != 0) {
            ready.add(data == FILES ? "files" : duplicates.getOrDefault(number, ""));
          }
        };
    for (int heard = 1; heard > 0; ) {
      heard = os.await(epoll, false, first);
    }
    return ready;
  }

  /** Something has happened; whether to go on listening, as it was nothing that matters. */
  synchronized boolean hear() {
    if (closed || told) {
      return false;
    }
    Set<WakeReason> reasons = new HashSet<>();
    Descriptors.Heard later =
        (data, events) -> {
          boolean out = (events & EPOLLOUT) != 0 && !writable.contains((int) data);
          if (data == FILES) {
            reasons.addAll(files.hasChanged() ? Set.of(WakeReason.FILE) : Set.of());
          } else if (out || (events & ~EPOLLOUT) != 0) {
            reasons.add(WakeReason.BROADCAST);
            LOG.log(Level.DEBUG, () -> "news of " + duplicates.get((int) data));
          }
        };
    try {
      for (int heard = 1; heard > 0; ) {
        heard = os.await(epoll, false, later);
      }
    } catch (IOException e) {
      reasons.add(WakeReason.BROADCAST);
      LOG.log(Level.WARNING, "cannot hear what is watched: " + e.getMessage());
    }
    reasons.stream().sorted().findFirst().ifPresent(this::tell);
    return reasons.isEmpty();
  }

  private void tell(WakeReason reason) {
    told = true;
    news.accept(reason);
  }

  /** Nothing is heard any more: as if something had come. */
  synchronized void alarm() {
    if (!told && !closed) {
      tell(WakeReason.BROADCAST);
    }
  }

  /** Goes on listening in the set of all. */
  synchronized void renew(int all, long number) {
    if (!closed) {
      try {
        os.renew(all, epoll, EPOLLIN | EPOLLONESHOT, number);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "cannot go on listening: " + e.getMessage());
        alarm();
      }
    }
  }

  /** The set goes first: it keeps what it knows of a descriptor even when that is closed here. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      left.run();
      os.close(epoll);
      duplicates.keySet().forEach(os::close);
      duplicates.clear();
      files.close();
    }
  }

  /** How many descriptors of others are held open. */
  synchronized int held() {
    return duplicates.size();
  }
}
