package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class ControlThreadTest {
  @Test
  void tellsHowLongItHasBeenAtItsPresentTask() throws Exception {
    var clock = new MutableClock();
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    try (var control = new ControlThread(clock)) {
      assertThat(control.busyFor()).isZero();
      control.execute(
          () -> {
            begun.countDown();
            var _ = assertThat(awaits(end)).isTrue();
          });
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      clock.advance(Duration.ofSeconds(11));
      assertThat(control.busyFor()).isEqualTo(Duration.ofSeconds(11));

      end.countDown();
      control.submit(() -> clock.advance(Duration.ofSeconds(1))).get(10, TimeUnit.SECONDS);
      var idle = control.schedule(() -> {}, 1, TimeUnit.HOURS);
      control.submit(() -> {}).get(10, TimeUnit.SECONDS);
      clock.advance(Duration.ofMinutes(5));
      org.awaitility.Awaitility.await().until(() -> control.busyFor().isZero());
      idle.cancel(false);
    }
  }

  /** Where threads are short it could not be replaced. */
  @Test
  void itIsTheSameThreadWhateverATaskThrowsAndWhateverTheLogDoes() throws Exception {
    Logger log = Logger.getLogger("dormouse");
    var broken =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            throw new OutOfMemoryError("unable to create native thread");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    log.addHandler(broken);
    try (var control = new ControlThread()) {
      Thread before = control.submit(Thread::currentThread).get(10, TimeUnit.SECONDS);
      control.execute(
          () -> {
            throw new OutOfMemoryError("unable to create native thread");
          });
      assertThat(control.submit(Thread::currentThread).get(10, TimeUnit.SECONDS)).isSameAs(before);
    } finally {
      log.removeHandler(broken);
    }
  }

  private static boolean awaits(CountDownLatch latch) {
    try {
      return latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }
}
