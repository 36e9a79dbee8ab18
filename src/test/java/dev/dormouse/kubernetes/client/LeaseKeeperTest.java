package dev.dormouse.kubernetes.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.VirtualExecutor;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {
  private static final Duration DURATION = Duration.ofSeconds(15);
  private static final Duration RENEWAL = Duration.ofSeconds(5);
  private static final String PATH = ActivatorLease.path("shop", "activator-0");

  private final MockCluster cluster = MockCluster.thatKeepsObjects();
  private final Api api = cluster.api();
  private final MutableClock clock = new MutableClock();
  private final VirtualExecutor timer = new VirtualExecutor(clock);
  private final AtomicInteger lost = new AtomicInteger();

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void aLeaseSaysWhoHoldsItForHowLong() {
    try (var _ = take("ours")) {
      JsonNode lease = lease();
      assertThat(ActivatorLease.session(lease)).contains("ours");
      assertThat(ActivatorLease.isOutside(lease)).isTrue();
      assertThat(lease.at("/spec/leaseDurationSeconds").asInt()).isEqualTo(15);
      assertThat(renewTime()).isEqualTo("2026-05-01T12:00:00.000000Z");
    }
  }

  @Test
  void theLeaseOfAPodGoesWithIt() {
    var pod =
        new ActivatorLease.Holder("shop", "activator-0", "ours", Optional.of("uid-7"), DURATION);
    JsonNode lease = pod.lease(Optional.empty(), clock.instant());
    assertThat(lease.at("/metadata/ownerReferences/0/kind").asText()).isEqualTo("Pod");
    assertThat(lease.at("/metadata/ownerReferences/0/uid").asText()).isEqualTo("uid-7");
    assertThat(ActivatorLease.isOutside(lease)).isFalse();
  }

  @Test
  void theLeaseIsTakenFromWhoeverHasHadIt() {
    try (var _ = take("before")) {
      String uid = lease().at("/metadata/uid").asText();
      try (var _ = take("ours")) {
        assertThat(ActivatorLease.session(lease())).contains("ours");
        assertThat(lease().at("/metadata/uid").asText()).isEqualTo(uid);
      }
    }
  }

  @Test
  void itIsRenewedThreeTimesWithinItsDuration() {
    try (var _ = take("ours")) {
      timer.advance(RENEWAL);
      assertThat(renewTime()).isEqualTo("2026-05-01T12:00:05.000000Z");
      timer.advance(RENEWAL.multipliedBy(2));
      assertThat(renewTime()).isEqualTo("2026-05-01T12:00:15.000000Z");
      assertThat(lost).hasValue(0);
    }
  }

  @Test
  void aLeaseThatSomebodyHasTouchedStaysOurs() {
    try (var _ = take("ours")) {
      change(lease -> lease.withObject("/metadata/labels").put("team", "blue"));
      timer.advance(RENEWAL);
      assertThat(renewTime()).isEqualTo("2026-05-01T12:00:05.000000Z");
      timer.advance(RENEWAL);
      assertThat(renewTime()).isEqualTo("2026-05-01T12:00:10.000000Z");
      assertThat(lost).hasValue(0);
    }
  }

  @Test
  void aLeaseThatSomebodyHasRemovedIsMadeAgain() {
    try (var _ = take("ours")) {
      remove();
      timer.advance(RENEWAL);
      assertThat(ActivatorLease.session(lease())).contains("ours");
      assertThat(lost).hasValue(0);
    }
  }

  @Test
  void whoLosesItToAnotherIsToldOnceAndLeavesItAlone() {
    var keeper = take("ours");
    change(lease -> lease.withObject("/spec").put("holderIdentity", "theirs"));
    timer.advance(RENEWAL.multipliedBy(3));
    assertThat(lost).hasValue(1);
    keeper.close();
    assertThat(ActivatorLease.session(lease())).contains("theirs");
  }

  @Test
  void atTheEndItIsRemovedIfItIsStillAsItWasWritten() {
    var keeper = take("ours");
    timer.advance(RENEWAL);
    String version = lease().at("/metadata/resourceVersion").asText();
    keeper.close();
    assertThat(Api.await(api.get(PATH)).missing()).isTrue();
    assertThat(timer.pending()).isZero();
    assertThat(preconditionOfTheRemoval()).isEqualTo(version);
  }

  private LeaseKeeper take(String session) {
    return LeaseKeeper.take(
        api,
        new ActivatorLease.Holder("shop", "activator-0", session, Optional.empty(), DURATION),
        clock,
        new LeaseKeeper.Schedule(timer, lost::incrementAndGet));
  }

  private JsonNode lease() {
    Reply reply = Api.await(api.get(PATH));
    assertThat(reply.ok()).as(reply.why()).isTrue();
    return reply.body();
  }

  private String renewTime() {
    return lease().at("/spec/renewTime").asText();
  }

  private void change(Consumer<ObjectNode> change) {
    ObjectNode lease = (ObjectNode) lease();
    change.accept(lease);
    assertThat(Api.await(api.put(PATH, lease)).ok()).isTrue();
  }

  private void remove() {
    assertThat(Api.await(api.delete(PATH, JsonNodeFactory.instance.objectNode())).ok()).isTrue();
  }

  private String preconditionOfTheRemoval() {
    var request = cluster.request();
    while (!request.getMethod().equals("DELETE")) {
      request = cluster.request();
    }
    return MockCluster.body(request).at("/preconditions/resourceVersion").asText();
  }
}
