package dev.dormouse.local.freeze;

import static dev.dormouse.local.freeze.Descriptors.EPOLLIN;
import static dev.dormouse.local.freeze.Descriptors.EPOLLONESHOT;

import dev.dormouse.core.WakeReason;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.Warden;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Watches for all services on one thread, which sleeps in epoll_wait(2): each service has an epoll
 * set of its own, and all of these are in one. It ends with the last set.
 */
final class Watchtower implements Warden {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private final Descriptors os;
  private final ProcFs proc;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, Sentry> sentries = new ConcurrentHashMap<>();

  /** Of the sets of all services; guarded by this, but for waiting. */
  private int epoll = -1;

  private boolean closed;

  Watchtower(ProcFs proc) {
    this.os = new Descriptors();
    this.proc = proc;
  }

  @Override
  public Post begin(List<Path> files, Consumer<WakeReason> news) throws IOException {
    long number = numbers.incrementAndGet();
    var sentry = new Sentry(os, proc, news, () -> sentries.remove(number));
    try {
      sentry.look(files);
      synchronized (this) {
        open();
        sentries.put(number, sentry);
        os.add(epoll, sentry.epoll(), EPOLLIN | EPOLLONESHOT, number);
      }
      return sentry;
    } catch (IOException | RuntimeException e) {
      sentry.close();
      throw e;
    }
  }

  /** The thread waits for ever: nothing that it costs is worth ending it between two dozes. */
  private void open() throws IOException {
    if (closed) {
      throw new IOException("it is over");
    }
    if (epoll < 0) {
      int all = os.epoll();
      epoll = all;
      Thread.ofPlatform().name("dormouse-vigil").daemon().start(() -> listen(all));
    }
  }

  private void listen(int all) {
    try {
      while (!isClosed()) {
        os.await(all, true, (number, _) -> heard(all, number));
      }
    } catch (IOException e) {
      LOG.log(Level.ERROR, "nothing is watched any more: " + e.getMessage());
      sentries.values().forEach(Sentry::alarm);
    }
  }

  private void heard(int all, long number) {
    Sentry sentry = sentries.get(number);
    if (sentry != null && sentry.hear()) {
      sentry.renew(all, number);
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** The thread is a daemon; what is watched is let go of. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    List.copyOf(sentries.values()).forEach(Sentry::close);
  }
}
