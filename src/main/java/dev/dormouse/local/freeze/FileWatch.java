package dev.dormouse.local.freeze;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits until manifests may have changed, on the thread that asks. It watches the directories in
 * which something would have to happen for that: inotify reports by directory, which also shows
 * files that are replaced by renaming, deleted and created again, or swapped through links. What
 * cannot be watched is looked at every now and then.
 */
public final class FileWatch implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dormouse");

  /** A change is over when nothing has happened for this long. */
  private static final Duration QUIET = Duration.ofMillis(200);

  /** After so many more events, a change that does not end counts as one. */
  private static final int LONGEST_CHANGE = 100;

  private static final Duration POLL = Duration.ofSeconds(5);
  private static final WatchEvent.Kind<?>[] KINDS = {
    StandardWatchEventKinds.ENTRY_CREATE,
    StandardWatchEventKinds.ENTRY_MODIFY,
    StandardWatchEventKinds.ENTRY_DELETE
  };

  private final List<Path> filesOrDirectories;
  private final Optional<WatchService> service;
  private final Duration poll;
  private final Map<WatchKey, Path> keys = new HashMap<>();
  private FileTrail trail;
  private boolean complete;

  /** Makes a watch service, or fails for want of inotify instances. */
  interface Opener {
    WatchService open() throws IOException;
  }

  FileWatch(List<Path> filesOrDirectories, Opener opener, Duration poll) {
    this.filesOrDirectories = List.copyOf(filesOrDirectories);
    this.poll = poll;
    this.trail = FileTrail.of(filesOrDirectories);
    this.service = open(opener);
    this.complete = service.isPresent();
    watch();
  }

  /** Watches from now on. */
  public static FileWatch of(List<Path> filesOrDirectories) {
    return new FileWatch(filesOrDirectories, FileSystems.getDefault()::newWatchService, POLL);
  }

  /** What to watch by other means, while nobody waits here. */
  public static Set<Path> watchable(List<Path> filesOrDirectories) {
    return FileTrail.of(filesOrDirectories).watchable();
  }

  private Optional<WatchService> open(Opener opener) {
    try {
      return Optional.of(opener.open());
    } catch (IOException e) {
      tellOfPolling(e);
      return Optional.empty();
    }
  }

  private void tellOfPolling(IOException why) {
    LOG.log(Level.WARNING, "manifests are looked at every " + poll + ", not watched: " + why);
  }

  /** Returns when the files may have changed since the last call, and then have settled. */
  public void awaitChange() throws InterruptedException {
    if (service.isEmpty()) {
      boolean _ = new CountDownLatch(1).await(poll.toMillis(), TimeUnit.MILLISECONDS);
      return;
    }
    boolean changed = false;
    while (!changed) {
      WatchKey key = complete ? service.get().take() : next(service.get(), poll);
      changed = key == null || concerns(key);
    }
    for (int i = 0; i < LONGEST_CHANGE; i++) {
      WatchKey key = next(service.get(), QUIET);
      if (key == null) {
        break;
      }
      boolean _ = concerns(key);
    }
    watch();
  }

  private static @Nullable WatchKey next(WatchService service, Duration limit)
      throws InterruptedException {
    return service.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Takes the events of a key, and says whether one of them is about what is watched. */
  private boolean concerns(WatchKey key) {
    boolean concerned = false;
    Optional<Path> directory = Optional.ofNullable(keys.get(key));
    for (WatchEvent<?> event : key.pollEvents()) {
      concerned |=
          event.kind().equals(StandardWatchEventKinds.OVERFLOW)
              || (event.context() instanceof Path name
                  && directory.filter(it -> trail.concerns(it, name)).isPresent());
    }
    boolean gone = !key.reset();
    return concerned || (gone && directory.isPresent());
  }

  /** Until nothing has moved between looking and registering. */
  private void watch() {
    for (int i = 0; service.isPresent() && i < 10; i++) {
      FileTrail before = trail;
      register(service.get());
      trail = FileTrail.of(filesOrDirectories);
      if (trail.equals(before)) {
        return;
      }
    }
  }

  private void register(WatchService watches) {
    Map<WatchKey, Path> registered = new HashMap<>();
    Optional<IOException> failure = Optional.empty();
    for (Path directory : trail.directories()) {
      try {
        registered.put(directory.register(watches, KINDS), directory);
      } catch (IOException e) {
        failure = Optional.of(e);
      }
    }
    List<WatchKey> stale = new ArrayList<>(keys.keySet());
    stale.removeAll(registered.keySet());
    stale.forEach(WatchKey::cancel);
    keys.clear();
    keys.putAll(registered);
    failure.filter(_ -> complete).ifPresent(this::tellOfPolling);
    complete = failure.isEmpty();
  }

  @Override
  public void close() throws IOException {
    if (service.isPresent()) {
      service.get().close();
    }
  }
}
