package dev.dormouse.kubernetes.activator;

import static dev.dormouse.kubernetes.resource.Objects.changed;
import static dev.dormouse.kubernetes.resource.Objects.service;
import static dev.dormouse.kubernetes.resource.Objects.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.gate.Gate;
import dev.dormouse.gate.Ticket;
import dev.dormouse.kubernetes.activator.KubernetesActivator.Served;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.stake.StakeApi;
import dev.dormouse.kubernetes.stake.StakeHolder;
import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import dev.dormouse.testing.VirtualExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class StakedServicesTest {
  private static final Duration GATHERED = Duration.ofMillis(20);
  private static final Duration FORGOTTEN = Duration.ofSeconds(10);
  private static final String SPEC =
      """
      command: [puma]
      image: registry.example.com/NAME
      port: 28080
      path: /NAME
      """;

  private final MutableClock clock = new MutableClock();
  private final VirtualExecutor executor = new VirtualExecutor(clock);
  private final List<List<String>> told = new ArrayList<>();
  private final StakedServices holdings =
      new StakedServices(
          new StakeHolder.Means(
              new ActivatorId("me", "session-1"), new StakesThatStand(), clock, executor),
          new Catalog(Optional.of("iad"), "cluster.local"),
          served -> told.add(served.stream().map(it -> it.id().name()).toList()));

  @Test
  void nothingIsToldBeforeAllIsKnown() {
    holdings.seen(object("cable"));
    executor.advance(Duration.ofMinutes(1));
    assertThat(told).isEmpty();
    holdings.complete();
    executor.runDue();
    assertThat(told).containsExactly(List.of("cable"));
  }

  @Test
  void changesThatComeTogetherAreToldTogether() {
    start();
    holdings.seen(object("cable"));
    holdings.seen(object("chat"));
    executor.advance(GATHERED.minusNanos(1));
    assertThat(told).isEmpty();
    executor.advance(Duration.ofNanos(1));
    assertThat(told).containsExactly(List.of("cable", "chat"));
  }

  @Test
  void whatIsSeenAgainIsNotToldAgain() {
    start(object("cable"));
    holdings.seen(object("cable"));
    executor.advance(GATHERED);
    assertThat(told).isEmpty();
  }

  @Test
  void aChangedServiceKeepsItsGate() {
    start(object("cable"));
    Gate gate = gate();
    holdings.seen(changed(object("cable"), spec("cable").replace("28080", "28081")));
    executor.advance(GATHERED);
    assertThat(told).containsExactly(List.of("cable"));
    assertThat(gate()).isSameAs(gate);
    assertThat(holdings.served().getFirst().spec().port()).hasValue(28081);
  }

  @Test
  void whatIsGoneIsNotServedAndThenForgotten() {
    start(object("cable"), object("chat"));
    holdings.gone(object("cable"));
    executor.advance(GATHERED);
    assertThat(told).containsExactly(List.of("chat"));
    assertThat(holdings.holders()).hasSize(2);
    executor.advance(FORGOTTEN);
    assertThat(holdings.holders()).hasSize(1);
  }

  @Test
  void whatIsGoneIsRememberedUntilItsLastClientHasLeft() {
    start(object("cable"));
    Ticket ticket =
        gate().enter(9, clock.instant().plusSeconds(15), new RecordingListener()).orElseThrow();
    executor.runDue();
    assertThat(ticket.opened()).isTrue();
    holdings.gone(object("cable"));
    executor.advance(FORGOTTEN.multipliedBy(3));
    assertThat(holdings.served()).isEmpty();
    assertThat(holdings.holders()).hasSize(1);
    ticket.close();
    executor.advance(FORGOTTEN);
    assertThat(holdings.holders()).isEmpty();
  }

  @Test
  void whatComesBackBeforeItIsForgottenStays() {
    start(object("cable"));
    holdings.gone(object("cable"));
    executor.advance(FORGOTTEN.dividedBy(2));
    OnDemandService again = object("cable");
    again.getMetadata().setUid("uid-again");
    again.getMetadata().setResourceVersion("9");
    holdings.seen(again);
    executor.advance(FORGOTTEN.multipliedBy(2));
    assertThat(told).containsExactly(List.of(), List.of("cable"));
    assertThat(holdings.holders()).hasSize(1);
  }

  @Test
  void aViewCountsTheClientsOfThisActivator() {
    start(object("cable"));
    var unused = gate().enter(9, clock.instant().plusSeconds(15), new RecordingListener());
    assertThat(unused).isPresent();
    assertThat(holdings.views().getFirst().status().waiting()).isEqualTo(1);
  }

  private void start(OnDemandService... objects) {
    List.of(objects).forEach(holdings::seen);
    holdings.complete();
    executor.advance(GATHERED);
    told.clear();
  }

  private Gate gate() {
    return holdings.served().stream().map(Served::gate).findFirst().orElseThrow();
  }

  private static String spec(String name) {
    return SPEC.replace("NAME", name);
  }

  private static OnDemandService object(String name) {
    OnDemandService service = service(name, 1, spec(name));
    service.setStatus(awake("{}"));
    return service;
  }

  private static ObjectNode awake(String stakes) {
    return yaml(
        """
        phase: Active
        epoch: 7
        stakes: STAKES
        endpoint: {address: 10.1.2.3, port: 28080, podUID: p-1, epoch: 7}
        """
            .replace("STAKES", stakes));
  }

  /** An API server whose services are all awake, and that takes every stake. */
  private static final class StakesThatStand implements StakeApi {
    @Override
    public CompletionStage<ApiResult<ServiceObject>> get(ServiceId id) {
      return staked(id);
    }

    @Override
    public CompletionStage<ApiResult<ServiceObject>> patchStatus(ServiceId id, JsonPatch patch) {
      return staked(id);
    }

    private static CompletionStage<ApiResult<ServiceObject>> staked(ServiceId id) {
      OnDemandService service = object(id.name());
      service.getMetadata().setResourceVersion("2");
      service.setStatus(awake("{me.session-: {session: session-1, seq: 1, connections: 0}}"));
      return CompletableFuture.completedFuture(
          new ApiResult.Ok<>(ServiceObject.read(service.tree())));
    }
  }
}
