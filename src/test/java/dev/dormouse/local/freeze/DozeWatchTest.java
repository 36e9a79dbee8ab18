package dev.dormouse.local.freeze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.WakeReason;
import dev.dormouse.local.FakePageOut;
import dev.dormouse.local.freeze.Suspension.Outcome;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.Signals;
import dev.dormouse.local.process.Warden;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One doze from its first signal to its end, with what may come at each step of it. */
class DozeWatchTest {
  private static final Stat RUNNING = new Stat(7, 1, 7, 7, 100, false);
  private static final Stat STOPPED = new Stat(7, 1, 7, 7, 100, true);

  private final List<String> news = new ArrayList<>();
  private final FakePageOut pageOut = new FakePageOut();
  private final FakePost post = new FakePost();
  private boolean stopped;
  private Runnable atTheSignal = () -> {};

  private final Suspension suspension =
      new Suspension(
          () -> List.of(stopped ? STOPPED : RUNNING),
          new Signals() {
            @Override
            public void stop(List<Stat> processes) {
              atTheSignal.run();
              stopped = true;
            }

            @Override
            public void resume(List<Stat> processes) {
              stopped = false;
            }
          });

  private static final class FakePost implements Warden.Post {
    Set<String> ready = Set.of();
    int closed;
    Consumer<WakeReason> news = _ -> {};
    boolean fails;

    @Override
    public Set<String> watch(List<Stat> processes) throws IOException {
      if (fails) {
        throw new IOException("pidfd_getfd: not permitted");
      }
      assertThat(processes).containsExactly(STOPPED);
      return ready;
    }

    @Override
    public void close() {
      closed++;
    }
  }

  private DozeWatch watch(String... ignored) throws IOException {
    var watch = new DozeWatch(Set.of(ignored), () -> news.add("news"));
    watch.begin(
        told -> {
          post.news = told;
          return post;
        });
    return watch;
  }

  @Test
  void withoutNewsItSleepsAndIsWatched() throws IOException {
    DozeWatch watch = watch();
    assertThat(suspension.freeze(pageOut, watch::watch)).isInstanceOf(Outcome.Frozen.class);
    assertThat(watch.roused()).isEmpty();
    assertThat(post.closed).isZero();
    post.news.accept(WakeReason.FILE);
    post.news.accept(WakeReason.BROADCAST);
    assertThat(watch.roused()).contains(WakeReason.FILE);
    assertThat(news).hasSize(1);
    watch.close();
    watch.close();
    assertThat(post.closed).isEqualTo(1);
  }

  /** What comes between the decision and the signal is found by the look behind it. */
  @Test
  void whatCameBeforeTheSignalIsNotLost() throws IOException {
    DozeWatch watch = watch();
    atTheSignal = () -> post.ready = Set.of("7 5 socket:[1]");
    assertThat(suspension.freeze(pageOut, watch::watch)).isInstanceOf(Outcome.Interrupted.class);
    assertThat(watch.roused()).contains(WakeReason.BROADCAST);
    assertThat(watch.pending()).containsExactly("7 5 socket:[1]");
    assertThat(pageOut.told).isEmpty();
    assertThat(news).hasSize(1);
  }

  @Test
  void whatTheProcessLeavesBeIsNoNews() throws IOException {
    DozeWatch watch = watch("7 5 socket:[1]");
    post.ready = Set.of("7 5 socket:[1]");
    assertThat(suspension.freeze(pageOut, watch::watch)).isInstanceOf(Outcome.Frozen.class);
    assertThat(watch.pending()).containsExactly("7 5 socket:[1]");
    assertThat(news).isEmpty();
  }

  @Test
  void aFileThatChangedBeforeTheSignalIsNewsToo() throws IOException {
    DozeWatch watch = watch();
    post.news.accept(WakeReason.FILE);
    assertThat(suspension.freeze(pageOut, watch::watch)).isInstanceOf(Outcome.Interrupted.class);
    assertThat(watch.roused()).contains(WakeReason.FILE);
  }

  @Test
  void whoEndsItInTheMiddleHasNothingHeldOpen() throws IOException {
    DozeWatch watch = watch();
    atTheSignal =
        () -> {
          suspension.resume();
          watch.close();
        };
    assertThat(suspension.freeze(pageOut, watch::watch)).isInstanceOf(Outcome.Interrupted.class);
    assertThat(post.closed).isEqualTo(1);
  }

  @Test
  void whatBeginsAfterTheEndIsClosedAtOnce() throws IOException {
    var watch = new DozeWatch(Set.of(), () -> news.add("news"));
    watch.close();
    watch.begin(_ -> post);
    assertThat(post.closed).isEqualTo(1);
    assertThat(watch.watch(List.of(STOPPED))).isFalse();
  }

  @Test
  void newsAfterTheEndAreNone() throws IOException {
    DozeWatch watch = watch();
    watch.close();
    post.news.accept(WakeReason.BROADCAST);
    assertThat(news).isEmpty();
    assertThat(watch.roused()).isEmpty();
  }

  @Test
  void withoutTheRightToWatchItFailsAndSaysWhy() throws IOException {
    DozeWatch watch = watch();
    post.fails = true;
    assertThat(suspension.freeze(pageOut, watch::watch))
        .isEqualTo(new Outcome.Failed("pidfd_getfd: not permitted"));
  }
}
