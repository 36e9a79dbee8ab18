package dev.dormouse.admin;

import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.admin.metrics.OwnMemory;
import dev.dormouse.control.ServiceView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Looks at the services: measuring memory takes too long for an event loop. Its one thread lives
 * only while somebody asks and a second longer. Who asks at about the same time shares the answer,
 * unless something has changed in between.
 */
final class ViewSampler implements AutoCloseable {
  private static final int MAX_QUESTIONS = 64;
  private static final Duration FRESH = Duration.ofMillis(150);

  private final ServiceView.Source source;
  private final Metrics metrics;
  private final InstantSource clock;
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          0,
          1,
          1,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MAX_QUESTIONS),
          task -> Thread.ofPlatform().name("dormouse-lookout").daemon().unstarted(task));

  /** Touched by {@link #thread} only. */
  private List<ServiceView> seen = List.of();

  private Instant seenAt = Instant.MIN;
  private long changesSeen;

  ViewSampler(ServiceView.Source source, Metrics metrics, InstantSource clock) {
    this.source = source;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** The services as {@code render} tells them, on the lookout's thread. */
  <T> CompletableFuture<T> look(Function<List<ServiceView>, T> render) {
    try {
      return CompletableFuture.supplyAsync(() -> render.apply(views()), thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private List<ServiceView> views() {
    Instant now = clock.instant();
    long changes = metrics.changes();
    if (changes != changesSeen || seenAt.plus(FRESH).isBefore(now)) {
      changesSeen = changes;
      seen = source.views();
      seenAt = now;
      metrics.savings().measured(seen, OwnMemory.PROPORTIONAL.bytes());
    }
    return seen;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
