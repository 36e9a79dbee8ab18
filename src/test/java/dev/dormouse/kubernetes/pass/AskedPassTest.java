package dev.dormouse.kubernetes.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Phase;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.kubernetes.simulation.ClusterSimClient;
import dev.dormouse.kubernetes.simulation.ClusterSimWorld;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a wish of people, which is about one awake period. */
class AskedPassTest {
  private static final Duration SOON = Duration.ofSeconds(1);

  /** How long a stake stays after the last client. */
  private static final Duration LINGER = Duration.ofSeconds(31);

  private final ClusterSimWorld world =
      ClusterSimWorld.quiet(
          Specs.onDemand()
              .port(28080)
              .idleTimeout(Duration.ofHours(2))
              .minimumUptime(Duration.ofHours(1))
              .build());
  private final List<Phase> phases = new ArrayList<>();

  @BeforeEach
  void aQuietCluster() {
    world.cluster.watch(object -> phases.add(world.cluster.status().phase()));
  }

  @Test
  void whoIsConnectedStaysWhoeverAsksForSleep() {
    ClusterSimClient client = activate();
    ask(Wish.SLEEP);
    world.advance(Duration.ofHours(1));
    assertThat(client.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(phases).doesNotContain(Phase.STOPPING, Phase.DRAINING);
    client.leave();
    world.advance(LINGER);
    assertThat(world.cluster.status().phase()).isEqualTo(Phase.STOPPING);
    assertThat(phases).doesNotContain(Phase.DRAINING);
  }

  @Test
  void sleepDoesNotWaitForTheIdleTimeoutAndIsOverThen() {
    activate().leave();
    world.advance(LINGER);
    assertThat(world.cluster.status().phase()).isEqualTo(Phase.ACTIVE);
    ask(Wish.SLEEP);
    sleep();
    activate().leave();
    world.advance(Duration.ofMinutes(30));
    assertThat(world.cluster.status().phase()).as("another period").isEqualTo(Phase.ACTIVE);
  }

  @Test
  void whoAsksForADrainHasClientsAskedToLeaveOnce() {
    ClusterSimClient client = activate();
    ask(Wish.LEAVE);
    world.advance(SOON);
    assertThat(phases).contains(Phase.DRAINING);
    world.advance(world.spec.shutdown().drain().plus(SOON));
    assertThat(client.state).isEqualTo(ClusterSimClient.State.GONE);
    sleep();
    ClusterSimClient back = activate();
    world.advance(Duration.ofMinutes(30));
    assertThat(back.state).isEqualTo(ClusterSimClient.State.OPEN);
  }

  /** Of the period that is now. */
  private void ask(Wish wish) {
    long now = world.cluster.status().epoch();
    world.settled =
        new ServicePass.Settled(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            epoch -> epoch == now ? wish : Wish.NONE);
    world.podsChanged();
    world.advance(SOON);
  }

  private void sleep() {
    for (int i = 0; i < 6; i++) {
      world.cluster.progress();
      world.podsChanged();
      world.advance(SOON);
    }
    assertThat(world.cluster.status().phase()).isEqualTo(Phase.DORMANT);
  }

  private ClusterSimClient activate() {
    ClusterSimClient client = world.arrive(world.activators.getFirst(), Duration.ofMinutes(1));
    for (int i = 0; i < 6; i++) {
      world.advance(Duration.ofMillis(100));
      world.cluster.progress();
      world.podsChanged();
      world.advance(Duration.ofMillis(10));
      client.proceed();
    }
    assertThat(client.state).isEqualTo(ClusterSimClient.State.OPEN);
    return client;
  }
}
