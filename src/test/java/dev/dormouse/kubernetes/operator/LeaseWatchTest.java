package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.pass.Leases;
import dev.dormouse.kubernetes.resource.Objects;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.VirtualExecutor;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeaseWatchTest {
  private static final Duration LEASE = Duration.ofSeconds(15);

  private final MutableClock clock = new MutableClock();
  private final Semaphore asked = new Semaphore(0);

  /** An open connection through which nothing comes looks like one that works. */
  @Test
  void aWatchThatDoesNotShowTheLeadersOwnLeaseDoesNotWork() throws InterruptedException {
    String lease = "{metadata: {name: dormouse-operator, namespace: sys}, spec: {}}";
    try (var cluster = MockCluster.thatKeepsObjects();
        var watch =
            new LeaseWatch(
                cluster.client(),
                settings(),
                new Leases(clock, LEASE),
                () -> {
                  asked.release();
                  return clock.instant();
                },
                new VirtualExecutor(clock))) {
      assertThat(watch.works()).as("nothing was seen").isFalse();
      cluster.client().resource(FakeCache.as(Lease.class, Objects.yaml(lease))).create();
      assertThat(asked.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> {
            while (!watch.works()) {
              Thread.onSpinWait(); // it is about to be noted
            }
          });
      clock.advance(LEASE.dividedBy(2));
      assertThat(watch.works()).as("before any Lease can expire").isFalse();
    }
  }

  private static OperatorSettings settings() {
    return new OperatorSettings(
        Config.empty(),
        Optional.empty(),
        "sys",
        "me",
        Optional.empty(),
        "cluster.local",
        "app=activator",
        8080,
        OperatorSettings.Election.usual(),
        LEASE);
  }
}
