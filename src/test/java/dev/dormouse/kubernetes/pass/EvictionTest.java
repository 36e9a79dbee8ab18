package dev.dormouse.kubernetes.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.StopReason;
import dev.dormouse.kubernetes.pass.Workloads.Cause;
import dev.dormouse.kubernetes.pass.Workloads.Exit;
import dev.dormouse.kubernetes.pass.Workloads.Trouble;
import dev.dormouse.kubernetes.pass.Workloads.Weight;
import dev.dormouse.kubernetes.simulation.ClusterSimClient;
import dev.dormouse.kubernetes.simulation.ClusterSimWorld;
import dev.dormouse.kubernetes.simulation.SimActivator;
import dev.dormouse.kubernetes.simulation.SimCluster.SimPod;
import dev.dormouse.kubernetes.stake.StakeHolder;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Pods that others end, or that end by themselves, under those who are connected. */
class EvictionTest {
  private final ClusterSimWorld world =
      ClusterSimWorld.quiet(
          Specs.onDemand()
              .port(28080)
              .startupTimeout(Duration.ofSeconds(20))
              .idleTimeout(Duration.ofMinutes(2))
              .build());
  private final List<String> failures = new ArrayList<>();
  private final Set<Phase> phases = new LinkedHashSet<>();

  EvictionTest() {
    world.witness =
        result -> {
          if (!result.before().failure().equals(result.after().failure())) {
            result.after().failure().map(Failure::message).ifPresent(failures::add);
          }
        };
    world.cluster.watch(object -> phases.add(world.cluster.status().phase()));
  }

  /** kubectl delete pod, kubectl drain, a rollout, a preemption: all of them delete. */
  @Test
  void whoIsConnectedToAPodThatOthersDeleteIsAskedToLeaveBeforeItEnds() {
    ClusterSimClient client = serve();
    SimPod doomed = pod();
    world.condemn(doomed);
    world.advance(Duration.ofSeconds(1));
    assertThat(client.asked).contains(StopReason.OUTDATED);
    assertThat(doomed.isServing()).as("it still serves").isTrue();
    ClusterSimClient next = arrive();
    settle(next);
    assertThat(next.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(pod()).isNotSameAs(doomed);
    world.advance(Duration.ofMinutes(1));
    assertThat(next.asked).isEmpty();
    assertThat(next.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(phases).doesNotContain(Phase.DRAINING, Phase.STOPPING);
    assertThat(failures).isEmpty();
  }

  /** The workload and one of two activators are on the node; the other one is not. */
  @Test
  void aNodeThatIsDrainedCutsNobodyAndServesWhoComes() {
    ClusterSimClient near = serve();
    SimActivator far = world.startActivator("far");
    world.advance(Duration.ofSeconds(1));
    ClusterSimClient distant = world.arrive(far, Duration.ofHours(1));
    settle(distant);
    assertThat(distant.state).isEqualTo(ClusterSimClient.State.OPEN);
    SimActivator drained = world.activators.getFirst();
    SimPod doomed = pod();
    world.condemn(doomed);
    drained.gate().drain(StopReason.SHUTDOWN);
    drained.shutDown();
    world.advance(Duration.ofSeconds(1));
    assertThat(near.asked).isPresent();
    assertThat(distant.asked).contains(StopReason.OUTDATED);
    assertThat(doomed.isServing()).as("nobody was cut").isTrue();
    ClusterSimClient next = world.arrive(far, Duration.ofHours(1));
    settle(next);
    assertThat(next.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(pod()).isNotSameAs(doomed);
    world.advance(StakeHolder.LINGER);
    assertThat(world.cluster.status().stakes().orElseThrow()).containsOnlyKeys(far.me.key());
    assertThat(phases).doesNotContain(Phase.DRAINING, Phase.STOPPING);
  }

  @Test
  void anEvictedPodIsReplacedAndItsRemainsHoldUpNothing() {
    ClusterSimClient client = serve();
    SimPod evicted = pod();
    evicted.end = Optional.of(new Workloads.End(new Cause("Evicted", "low on disk"), true));
    evicted.ready = Optional.empty();
    world.podsChanged();
    world.advance(Duration.ofSeconds(1));
    assertThat(client.isPresent()).isFalse();
    assertThat(failures).containsExactly("the pod ended while it served: Evicted: low on disk");
    ClusterSimClient next = arrive();
    settle(next);
    assertThat(next.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(phases).doesNotContain(Phase.STOPPING);
    assertGoesBackToZero(next);
    assertThat(world.cluster.pods).as("for people to look at").containsExactly(evicted);
    ClusterSimClient late = arrive();
    settle(late);
    assertThat(late.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(failures).hasSize(1);
  }

  /** What a kubelet refuses a Deployment makes again and again, at once. */
  @Test
  void aPodThatEndsByItselfIsAFailedStart() {
    ClusterSimClient client = arrive();
    world.advance(Duration.ofMillis(100));
    step();
    pod().end = Optional.of(new Workloads.End(new Cause("OutOfcpu", "no room"), false));
    world.podsChanged();
    world.advance(Duration.ofMillis(100));
    assertThat(failures).containsExactly("the pod ended before it was ready: OutOfcpu: no room");
    assertThat(world.cluster.scale().replicas()).isZero();
    settle(client);
    assertThat(client.state)
        .as("the next start is another one")
        .isEqualTo(ClusterSimClient.State.OPEN);
  }

  /** Its pod never gets Ready; the start that does not end must not end under anybody. */
  @Test
  void whoIsServedIsNotCutBecauseAnotherContainerCannotStart() {
    ClusterSimClient client = arrive();
    world.advance(Duration.ofMillis(100));
    step();
    pod().trouble =
        Optional.of(
            new Trouble(Weight.ASIDE, "the container log cannot start", new Cause("X", "")));
    pod().ip = Optional.of("10.0.0.7");
    pod().running = Optional.of(world.clock.instant());
    serveWithout(client);
    world.advance(Duration.ofMinutes(10));
    assertThat(client.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(failures).isEmpty();
    client.leave();
    world.advance(Duration.ofSeconds(10));
    ClusterSimClient back = arrive();
    serveWithout(back);
    assertThat(back.state).as("who comes back soon").isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(phases).doesNotContain(Phase.STOPPING);
  }

  private void serveWithout(ClusterSimClient client) {
    world.podsChanged();
    for (int i = 0; i < 5; i++) {
      world.advance(Duration.ofMillis(300));
      client.proceed();
    }
    assertThat(client.state).isEqualTo(ClusterSimClient.State.OPEN);
  }

  @Test
  void whoComesBackToAContainerThatWasStartedAgainIsNotCut() {
    serve();
    SimPod pod = pod();
    pod.exit = Optional.of(new Exit(new Cause("Error", "exit code 137"), false));
    pod.restarts++;
    pod.ready = Optional.empty();
    pod.running = Optional.of(world.clock.instant());
    world.podsChanged();
    world.advance(Duration.ofMillis(600));
    ClusterSimClient back = arrive();
    serveWithout(back);
    world.advance(Duration.ofMinutes(2));
    assertThat(back.state).isEqualTo(ClusterSimClient.State.OPEN);
    assertThat(failures)
        .containsExactly("the container ended while it served (Error: exit code 137)");
    assertThat(phases).doesNotContain(Phase.STOPPING);
  }

  @Test
  void aPodWithoutAProbeThatRefusesAfterItServedIsReplaced() {
    ClusterSimClient client = serve();
    client.leave();
    world.advance(Duration.ofSeconds(1));
    ClusterSimClient waits = arrive();
    world.activators.getFirst().broken(FailureReason.UNREACHABLE);
    world.advance(ObservedWorkload.CONTRADICTION.plusSeconds(1));
    assertThat(failures)
        .containsExactly("it runs, but nobody accepts connections at its address any more");
    settle(waits);
    assertThat(waits.state).isEqualTo(ClusterSimClient.State.OPEN);
  }

  /** Its kubelet is away: nothing of it ends. */
  @Test
  void aStopThatDoesNotEndSaysWhichPodIsLeft() {
    serve().leave();
    pod().lingers = true;
    for (int i = 0; i < 100 && world.cluster.scale().replicas() > 0; i++) {
      world.advance(Duration.ofSeconds(3));
    }
    step();
    world.advance(world.spec.shutdown().gracePeriod().plusSeconds(10));
    var ready = world.cluster.status().condition(StatusDocument.READY).orElseThrow();
    assertThat(ready.reason()).isEqualTo("Stopping");
    assertThat(ready.message())
        .isEqualTo(
            "the previous run has not ended: p1 on a node is being deleted;"
                + " does its node answer?");
  }

  private void assertGoesBackToZero(ClusterSimClient last) {
    last.leave();
    for (int i = 0; i < 100 && !world.cluster.isAtRest(); i++) {
      world.advance(Duration.ofSeconds(3));
      step();
    }
    assertThat(world.cluster.isAtRest()).isTrue();
  }

  private ClusterSimClient serve() {
    ClusterSimClient client = arrive();
    settle(client);
    assertThat(client.state).isEqualTo(ClusterSimClient.State.OPEN);
    world.advance(Duration.ofSeconds(10));
    return client;
  }

  private ClusterSimClient arrive() {
    return world.arrive(world.activators.getFirst(), Duration.ofHours(1));
  }

  private void settle(ClusterSimClient client) {
    for (int i = 0; i < 40 && client.isWaiting(); i++) {
      step();
      client.proceed();
    }
  }

  private void step() {
    world.advance(Duration.ofMillis(100));
    world.cluster.progress();
    world.podsChanged();
    world.advance(Duration.ofMillis(100));
  }

  private SimPod pod() {
    return world.cluster.pod().orElseThrow();
  }
}
