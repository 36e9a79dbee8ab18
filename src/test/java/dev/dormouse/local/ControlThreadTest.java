package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

  private static boolean awaits(CountDownLatch latch) {
    try {
      return latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }
}
