package dev.dormouse.local.freeze;

import dev.dormouse.core.WakeReason;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.Warden.Post;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What is heard during one doze, from before the first signal until the end. Thread-safe.
 *
 * <p>A descriptor for which something had come before the processes were stopped is news. Unless it
 * is known that they leave it be: the other end of a connection that they have forgotten may have
 * hung up long ago.
 */
public final class DozeWatch {
  private final Set<String> ignored;
  private final Runnable news;
  private Optional<Post> post = Optional.empty();
  private Optional<WakeReason> roused = Optional.empty();
  private Set<String> pending = Set.of();
  private boolean over;

  /**
   * Nothing is heard yet.
   *
   * @param ignored names of descriptors that the processes leave be
   * @param news told once, on any thread, when something has come
   */
  public DozeWatch(Set<String> ignored, Runnable news) {
    this.ignored = ignored;
    this.news = news;
  }

  /** Where a watch is begun. */
  interface Beginning {
    Post begin(Consumer<WakeReason> news) throws IOException;
  }

  /** Begins, unless it is over already. */
  void begin(Beginning beginning) throws IOException {
    Post begun = beginning.begin(this::rouse);
    synchronized (this) {
      post = Optional.of(begun);
      if (!over) {
        return;
      }
    }
    begun.close();
  }

  /** All are stopped; whether nothing has come for them. */
  boolean watch(List<Stat> stopped) throws IOException {
    Optional<Post> now = post();
    if (now.isEmpty()) {
      return false;
    }
    Set<String> found = new HashSet<>(now.get().watch(stopped));
    synchronized (this) {
      pending = Set.copyOf(found);
    }
    found.removeAll(ignored);
    if (!found.isEmpty()) {
      rouse(WakeReason.BROADCAST);
    }
    return roused().isEmpty();
  }

  private synchronized Optional<Post> post() {
    return over ? Optional.empty() : post;
  }

  private void rouse(WakeReason reason) {
    synchronized (this) {
      if (over || roused.isPresent()) {
        return;
      }
      roused = Optional.of(reason);
    }
    news.run();
  }

  /** What has come, if anything has. */
  public synchronized Optional<WakeReason> roused() {
    return roused;
  }

  /** Of which descriptors it had come before the processes were stopped. */
  public synchronized Set<String> pending() {
    return pending;
  }

  /** Nothing more is heard, and nothing held. May be repeated; may take a moment. */
  public void close() {
    Optional<Post> left;
    synchronized (this) {
      over = true;
      left = post;
      post = Optional.empty();
    }
    left.ifPresent(Post::close);
  }
}
