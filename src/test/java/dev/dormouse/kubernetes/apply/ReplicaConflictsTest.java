package dev.dormouse.kubernetes.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReplicaConflictsTest {
  private static final ServiceId ID = new ServiceId("shop", "chat");

  private final MutableClock clock = new MutableClock();
  private final ReplicaConflicts contests = new ReplicaConflicts(clock);
  private int version = 8;

  @Test
  void whoeverOverwritesUsThreeTimesInTenMinutesContestsTheReplicas() {
    assertThat(overwritten()).isFalse();
    assertThat(overwritten()).isFalse();
    assertThat(overwritten()).isTrue();
  }

  @Test
  void onceInAWhileIsNoContest() {
    for (int i = 0; i < 5; i++) {
      assertThat(overwritten()).isFalse();
      clock.advance(Duration.ofMinutes(11));
    }
  }

  @Test
  void aCacheThatIsBehindContestsNothing() {
    for (int i = 0; i < 5; i++) {
      contests.wrote(ID, scale(i % 2));
      assertThat(contests.isContested(ID, new Scale("7", 1 - i % 2))).isFalse();
    }
  }

  @Test
  void theSameWriteIsCountedOnce() {
    contests.wrote(ID, scale(0));
    Scale theirs = scale(1);
    for (int i = 0; i < 5; i++) {
      assertThat(contests.isContested(ID, theirs)).isFalse();
    }
  }

  private boolean overwritten() {
    contests.wrote(ID, scale(0));
    return contests.isContested(ID, scale(2));
  }

  private Scale scale(int replicas) {
    return new Scale(Integer.toString(++version), replicas);
  }
}
