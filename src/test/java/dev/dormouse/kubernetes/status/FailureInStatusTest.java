package dev.dormouse.kubernetes.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.kubernetes.pass.ObservedWorkload;
import dev.dormouse.kubernetes.pass.Workloads.Cause;
import dev.dormouse.kubernetes.pass.Workloads.Trouble;
import dev.dormouse.kubernetes.pass.Workloads.Weight;
import dev.dormouse.kubernetes.simulation.ClusterSimClient;
import dev.dormouse.kubernetes.simulation.ClusterSimWorld;
import dev.dormouse.kubernetes.simulation.SimActivator;
import dev.dormouse.kubernetes.simulation.SimCluster;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each failure is found by one pass, which tells of it: events and metrics are made of that. */
class FailureInStatusTest {
  private final ClusterSimWorld world =
      ClusterSimWorld.quiet(
          Specs.onDemand().port(28080).idleTimeout(Duration.ofMinutes(2)).build());
  private final List<Failure> told = new ArrayList<>();

  @BeforeEach
  void aQuietCluster() {
    world.witness =
        result -> {
          if (!result.before().failure().equals(result.after().failure())) {
            result.after().failure().ifPresent(told::add);
          }
        };
  }

  @Test
  void anImageThatCannotBeHad() {
    wake(
        pod ->
            pod.trouble =
                Optional.of(
                    new Trouble(
                        Weight.BLOCKED,
                        "the container cannot start",
                        new Cause("ErrImagePull", "no such image"))));
    assertTold(FailureReason.SPAWN_FAILED);
    assertThat(told.getFirst().message())
        .isEqualTo("the container cannot start: ErrImagePull: no such image");
  }

  @Test
  void aWorkloadThatTheApiServerRefuses() {
    world.spec = Specs.from(world.spec).revision("2").build();
    world.cluster.refusesWorkload = Optional.of("exceeded quota: none");
    assertRefused("exceeded quota: none");
    assertThat(world.cluster.status().phase()).isEqualTo(Phase.FAILED);
    assertThat(world.cluster.status().failure()).isPresent();
  }

  @Test
  void aReplicaThatTheApiServerRefuses() {
    world.cluster.refusesScale = Optional.of("denied by a policy");
    assertRefused("denied by a policy");
  }

  @Test
  void aPodThatTheApiServerRefuses() {
    world.cluster.refusesPods = Optional.of("exceeded quota: pods");
    world.arrive(world.activators.getFirst(), Duration.ofHours(1));
    world.advance(Duration.ofMillis(100));
    world.podsChanged();
    world.advance(Duration.ofMillis(100));
    assertTold(FailureReason.SPAWN_FAILED);
    assertThat(told.getFirst().message()).isEqualTo("no pod can be made: exceeded quota: pods");
  }

  private void assertRefused(String message) {
    world.arrive(world.activators.getFirst(), Duration.ofHours(1));
    world.advance(Duration.ofMillis(500));
    assertTold(FailureReason.SPAWN_FAILED);
    assertThat(told.getFirst().message()).isEqualTo(message);
    world.advance(world.spec.retry().initial());
    assertThat(told).extracting(Failure::count).containsExactly(1, 2);
  }

  @Test
  void aContainerThatEndsBeforeItIsReady() {
    wake(_ -> {});
    step();
    step();
    change(
        pod -> {
          pod.restarts++;
          pod.ready = Optional.empty();
        });
    assertTold(FailureReason.EXITED);
  }

  @Test
  void aStartThatTakesTooLong() {
    wake(_ -> {});
    world.advance(world.spec.startup().scheduling());
    assertTold(FailureReason.TIMED_OUT);
  }

  @Test
  void aPodThatAcceptsAndDoesNotAnswer() {
    wake(pod -> pod.deaf = true);
    ClusterSimClient client = world.clients.getFirst();
    for (int i = 0; i < 6; i++) {
      step();
      client.proceed();
    }
    assertThat(client.isPresent()).isFalse();
    world.advance(ObservedWorkload.CONTRADICTION);
    assertTold(FailureReason.DEAF);
    assertThat(world.cluster.scale().replicas()).isZero();
    assertThat(world.cluster.status().phase()).isEqualTo(Phase.STOPPING);
  }

  @Test
  void aPodThatServesAnotherActivatorIsNotReplaced() {
    wake(_ -> {});
    ClusterSimClient served = world.clients.getFirst();
    for (int i = 0; i < 6; i++) {
      step();
      served.proceed();
    }
    assertThat(served.state).isEqualTo(ClusterSimClient.State.OPEN);
    SimActivator other = world.startActivator("other");
    world.advance(Duration.ofSeconds(1));
    ClusterSimClient waits = world.arrive(other, Duration.ofMinutes(5));
    world.advance(Duration.ofSeconds(1));
    waits.leave();
    other.broken(FailureReason.DEAF);
    world.advance(Duration.ofMinutes(1));
    assertThat(told).isEmpty();
    assertThat(served.state).isEqualTo(ClusterSimClient.State.OPEN);
  }

  private void wake(Consumer<SimCluster.SimPod> flaw) {
    world.arrive(world.activators.getFirst(), Duration.ofHours(1));
    world.advance(Duration.ofMillis(100));
    step();
    change(flaw);
  }

  private void change(Consumer<SimCluster.SimPod> flaw) {
    flaw.accept(world.cluster.pod().orElseThrow());
    world.podsChanged();
    world.advance(Duration.ofMillis(100));
  }

  private void step() {
    world.cluster.progress();
    world.podsChanged();
    world.advance(Duration.ofMillis(100));
  }

  private void assertTold(FailureReason reason) {
    assertThat(told).extracting(Failure::reason).containsExactly(reason);
  }
}
