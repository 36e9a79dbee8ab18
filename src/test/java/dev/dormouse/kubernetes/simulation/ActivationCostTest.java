package dev.dormouse.kubernetes.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Phase;
import dev.dormouse.kubernetes.status.Stake;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many writes a service costs the API server. */
class ActivationCostTest {
  private final ClusterSimWorld world =
      ClusterSimWorld.quiet(
          Specs.onDemand().port(28080).idleTimeout(Duration.ofMinutes(2)).build());
  private final List<Phase> statuses = new ArrayList<>();

  @BeforeEach
  void aQuietCluster() {
    world.cluster.watch(object -> statuses.add(world.cluster.status().phase()));
  }

  @Test
  void aDormantServiceCostsNothing() {
    world.advance(Duration.ofDays(1));
    assertThat(statuses).isEmpty();
    assertThat(world.cluster.scaleWrites()).isZero();
  }

  @Test
  void anActivationCostsOneStakeOneScaleAndTwoStatusWrites() {
    int before = requests();
    ClusterSimClient client = activate(Duration.ofMillis(100));
    assertThat(client.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(world.cluster.scaleWrites()).isEqualTo(1);
    // The stake, then the address, then that it is ready.
    assertThat(statuses).containsExactly(Phase.DORMANT, Phase.WAKING, Phase.ACTIVE);
    assertThat(requests() - before).as("the operator's, with nothing read before").isEqualTo(3);
  }

  @Test
  void aSlowActivationSaysThatItIsUnderWay() {
    activate(Duration.ofSeconds(3));
    assertThat(statuses)
        .startsWith(Phase.DORMANT, Phase.WAKING, Phase.WAKING, Phase.ACTIVE)
        .as("then that somebody is connected: by the activator, for people by the operator")
        .endsWith(Phase.ACTIVE, Phase.ACTIVE)
        .hasSize(6);
  }

  @Test
  void howManyAreConnectedCostsTwoWritesEveryFewSecondsHoweverManyComeAndGo() {
    activate(Duration.ofMillis(100));
    world.advance(Duration.ofMinutes(1));
    statuses.clear();
    for (int i = 0; i < 100; i++) {
      ClusterSimClient client = world.arrive(world.activators.getFirst(), Duration.ofMinutes(1));
      client.proceed();
      client.proceed();
      assertThat(client.state).isEqualTo(ClusterSimClient.State.OPEN);
      world.advance(Duration.ofMillis(30));
    }
    world.advance(Stake.REFRESH);
    assertThat(world.cluster.status().connections()).isEqualTo(101);
    assertThat(statuses).hasSizeBetween(2, 2 * 3);
  }

  private int requests() {
    return world.operators.getFirst().requests;
  }

  private ClusterSimClient activate(Duration pace) {
    ClusterSimClient client = world.arrive(world.activators.getFirst(), Duration.ofMinutes(1));
    for (int i = 0; i < 6; i++) {
      world.advance(pace);
      world.cluster.progress();
      world.podsChanged();
      world.advance(Duration.ofMillis(10));
      client.proceed();
    }
    return client;
  }
}
