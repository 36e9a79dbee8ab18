package dev.dormouse.kubernetes.stake;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.StopReason;
import dev.dormouse.gate.Ticket;
import dev.dormouse.kubernetes.simulation.Documents;
import dev.dormouse.kubernetes.simulation.PatchEvaluator;
import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.Stake;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import dev.dormouse.testing.VirtualExecutor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** One activator's side of the protocol, against an API server that answers when it is told to. */
class StakeHolderTest {
  private static final ServiceId ID = new ServiceId("shop", "cable");
  private static final ActivatorId ME = new ActivatorId("me", "session-1");
  private static final Duration HOLD = Duration.ofSeconds(15);
  private static final String ACTIVE =
      """
      {"phase": "Active", "epoch": 7, "stakes": {},
       "endpoint": {"address": "10.1.2.3", "port": 28080, "podUID": "p-1", "epoch": 7}}
      """;

  private final MutableClock clock = new MutableClock();
  private final VirtualExecutor executor = new VirtualExecutor(clock);
  private final FakeServer server = new FakeServer();
  private Duration idleTimeout = Duration.ofMinutes(15);
  private final StakeHolder holder =
      new StakeHolder(ID, new StakeHolder.Means(ME, server, clock, executor), () -> idleTimeout);
  private final RecordingListener client = new RecordingListener();

  @Test
  void nothingIsAskedOfTheServerWithoutDemand() {
    observe();
    advance(Duration.ofDays(1));
    assertThat(server.sent).isEmpty();
  }

  @Test
  void aClientIsAdmittedOnceTheStakeStands() {
    observe();
    Ticket ticket = enter();
    assertThat(ticket.endpoint()).isEmpty();
    server.answer();
    executor.runDue();
    assertThat(client.admissions()).isEqualTo(1);
    assertThat(ticket.endpoint()).isPresent();
    assertThat(server.sent).hasSize(1);
  }

  /** A request that wakes nothing is held on any replica while the service is awake. */
  @Test
  void itIsKnownWithoutAStakeWhetherTheServiceIsAwake() {
    assertThat(holder.status().phase()).isEqualTo(Phase.DORMANT);
    observe();
    assertThat(holder.status().phase()).isEqualTo(Phase.ACTIVE);
    assertThat(holder.gate().isAdmitting()).isFalse();
    assertThat(server.sent).isEmpty();
  }

  @Test
  void aStakeThatLandsOnAStopDoesNotAdmit() {
    observe();
    Ticket ticket = enter();
    server.status().put("phase", "Stopping");
    server.answer();
    executor.runDue();
    assertThat(ticket.endpoint()).isEmpty();
  }

  @Test
  void aStakeOfAnEpochThatIsOverIsEnteredAgain() {
    observe();
    Ticket ticket = enter();
    server.status().put("epoch", 8);
    ((ObjectNode) server.status().get("endpoint")).put("epoch", 8);
    server.answerAll();
    assertThat(ticket.endpoint()).isPresent();
    assertThat(server.sent).hasSize(3);
  }

  @Test
  void theStakeLingersAndIsThenTakenBack() {
    serve().close();
    advance(StakeHolder.LINGER.minusNanos(1));
    assertThat(server.sent).hasSize(1);
    advance(Duration.ofNanos(1));
    server.answerAll();
    assertThat(server.stakes()).isEmpty();
    assertThat(server.status().path("quietSince").asText()).isNotEmpty();
  }

  @Test
  void theStakeOfWhatIsSoonIdleLingersNoLongerThanThat() {
    idleTimeout = Duration.ofSeconds(2);
    serve().close();
    advance(idleTimeout.minusNanos(1));
    assertThat(server.sent).hasSize(1);
    advance(Duration.ofNanos(1));
    server.answerAll();
    assertThat(server.stakes()).isEmpty();
  }

  @Test
  void whoArrivesDuringTheRemovalWaitsForANewStake() {
    serve().close();
    advance(StakeHolder.LINGER);
    assertThat(server.sent).hasSize(2);
    Ticket late = enter();
    assertThat(late.endpoint()).isEmpty();
    server.answerAll();
    assertThat(late.endpoint()).isPresent();
    assertThat(server.stakes().path(ME.key()).path("seq").asInt()).isEqualTo(2);
  }

  @Test
  void aRemovalThatMayStillLandIsNotRiddenOn() {
    serve().close();
    advance(StakeHolder.LINGER);
    Runnable removal = server.timeOut();
    Ticket late = enter();
    advance(Duration.ofSeconds(1));
    server.answerAll();
    assertThat(late.endpoint()).isPresent();
    removal.run();
    assertThat(server.stakes().has(ME.key())).isTrue();
  }

  @Test
  void connectionsAreToldWithinSecondsAndTogether() {
    Ticket one = serve();
    Ticket two = enter();
    assertThat(one.opened() && two.opened()).isTrue();
    advance(Stake.REFRESH.minusNanos(1));
    assertThat(server.sent).hasSize(1);
    advance(Duration.ofNanos(1));
    server.answerAll();
    assertThat(told()).isEqualTo(2);
    advance(Duration.ofHours(1));
    assertThat(server.sent).hasSize(2);
    assertThat(Stake.REFRESH).isLessThanOrEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void theLastCloseIsToldAtOnce() {
    Ticket one = serve();
    assertThat(one.opened()).isTrue();
    advance(Stake.REFRESH);
    server.answerAll();
    one.close();
    server.answerAll();
    assertThat(told()).isZero();
    assertThat(server.stakes().has(ME.key())).as("for whoever comes back").isTrue();
    assertThat(server.sent).hasSize(3);
  }

  @Test
  void whoWasThereForAMomentOnlyIsNotToldOf() {
    Ticket one = serve();
    assertThat(one.opened()).isTrue();
    one.close();
    advance(StakeHolder.LINGER.minusNanos(1));
    assertThat(server.sent).hasSize(1);
  }

  private int told() {
    return server.stakes().path(ME.key()).path("connections").asInt();
  }

  @Test
  void withoutAStakeClientsAreRefusedWhileTheServerIsAway() {
    observe();
    enter();
    for (int i = 0; i < 3; i++) {
      advance(Duration.ofSeconds(StakeApi.TIMEOUT_SECONDS));
      server.timeOut();
      executor.runDue();
    }
    assertThat(client.refusal().map(Refusal::reason))
        .contains(Refusal.Reason.CONTROL_PLANE_UNAVAILABLE);
    assertThat(clock.instant()).isBeforeOrEqualTo(MutableClock.START.plus(HOLD));
  }

  @Test
  void withAStakeClientsAreAdmittedWhileTheServerIsAway() {
    assertThat(serve().opened()).isTrue();
    advance(Stake.REFRESH);
    server.timeOut();
    executor.runDue();
    assertThat(enter().endpoint()).isPresent();
  }

  @Test
  void anEntryThatIsNotHeldIsRemoved() {
    observe();
    Ticket gone = enter();
    Runnable stake = server.timeOut();
    gone.close();
    advance(Duration.ofSeconds(1));
    server.answerAll();
    stake.run();
    assertThat(server.stakes().has(ME.key())).isTrue();
    observe();
    advance(StakeHolder.LINGER);
    server.answerAll();
    assertThat(server.stakes()).isEmpty();
  }

  @Test
  void anEntryThatIsMissedIsAddedAgain() {
    assertThat(serve().opened()).isTrue();
    server.stakes().removeAll();
    server.bump();
    observe();
    server.answerAll();
    assertThat(server.stakes().has(ME.key())).isTrue();
  }

  @Test
  void anEntryThatIsMissedAgainAndAgainIsAddedEverMoreRarely() {
    assertThat(serve().opened()).isTrue();
    for (int i = 0; i < 5; i++) {
      removeStakes();
      server.answerAll();
      advance(Duration.ofMillis(100L << i));
      server.answerAll();
      assertThat(server.stakes().has(ME.key())).as("removal %s", i).isTrue();
    }
    removeStakes();
    advance(Duration.ofSeconds(1));
    server.answerAll();
    assertThat(server.stakes()).isEmpty();
  }

  @Test
  void anEntryThatHasStoodForLongIsAddedAgainAtOnce() {
    assertThat(serve().opened()).isTrue();
    removeStakes();
    server.answerAll();
    advance(Duration.ofSeconds(30));
    server.answerAll();
    removeStakes();
    server.answerAll();
    advance(Duration.ofSeconds(30));
    removeStakes();
    server.answerAll();
    assertThat(server.stakes().has(ME.key())).isTrue();
  }

  @Test
  void aPodThatDoesNotAnswerIsToldOfAtOnceAndOnce() {
    Ticket ticket = serve();
    holder.broken(FailureReason.DEAF);
    ticket.close();
    server.answerAll();
    assertThat(server.stakes().at("/" + ME.key() + "/deaf").asText()).isEqualTo("p-1");
    holder.broken(FailureReason.DEAF);
    server.answerAll();
    assertThat(server.sent).hasSize(2);
  }

  @Test
  void aPodThatRefusesIsToldOf() {
    Ticket ticket = serve();
    holder.broken(FailureReason.UNREACHABLE);
    server.answerAll();
    assertThat(server.stakes().at("/" + ME.key() + "/unreachable").asText()).isEqualTo("p-1");
    assertThat(ticket.opened()).isTrue();
    server.answerAll();
    assertThat(server.stakes().path(ME.key()).has("unreachable"))
        .as("taken back at once")
        .isFalse();
    assertThat(told()).isEqualTo(1);
  }

  @Test
  void whoIsConnectedToAPodThatIsBeingDeletedIsAskedToLeaveAndNobodyElse() {
    assertThat(serve().opened()).isTrue();
    endpoints(
        """
        [{"address": "10.1.2.3", "port": 28080, "podUID": "p-1", "epoch": 7, "draining": true}]
        """);
    assertThat(client.leaves()).containsExactly(StopReason.OUTDATED);
    var late = new RecordingListener();
    Ticket waits = holder.gate().enter(9, clock.instant().plus(HOLD), late).orElseThrow();
    assertThat(waits.endpoint()).isEmpty();
    endpoints(
        """
        [{"address": "10.1.2.4", "port": 28080, "podUID": "p-2", "epoch": 7},
         {"address": "10.1.2.3", "port": 28080, "podUID": "p-1", "epoch": 7, "draining": true}]
        """);
    assertThat(waits.endpoint().map(Endpoint::host)).contains("10.1.2.4");
    assertThat(waits.opened()).isTrue();
    observe();
    assertThat(late.leaves()).isEmpty();
    assertThat(client.leaves()).as("once").hasSize(1);
  }

  private void endpoints(String json) {
    server.status().remove("endpoint");
    server.status().set("endpoints", Documents.json("{\"of\": " + json + "}").get("of"));
    server.bump();
    observe();
  }

  @Test
  void aPodThatServesSomebodyIsNotCalledDeaf() {
    assertThat(serve().opened()).isTrue();
    holder.broken(FailureReason.DEAF);
    server.answerAll();
    assertThat(server.sent).hasSize(1);
  }

  @Test
  void whoIsServedByAPodThatAnotherCallsDeafSaysSoAtOnce() {
    assertThat(serve().opened()).isTrue();
    server.stakes().putObject("other.1").put("session", "1").put("seq", 1).put("deaf", "p-1");
    server.bump();
    observe();
    server.answerAll();
    assertThat(server.stakes().at("/" + ME.key() + "/connections").asInt()).isEqualTo(1);
  }

  @Test
  void theNextPodIsNotCalledWhatTheLastOneWas() {
    Ticket ticket = serve();
    holder.broken(FailureReason.DEAF);
    ticket.close();
    server.answerAll();
    ((ObjectNode) server.status().get("endpoint")).put("podUID", "p-2");
    server.bump();
    observe();
    assertThat(enter().opened()).isTrue();
    advance(Stake.REFRESH);
    server.answerAll();
    assertThat(server.stakes().get(ME.key()).has("deaf")).isFalse();
  }

  @Test
  void anOldEventDoesNotVoidAStake() {
    observe();
    ServiceObject before = server.object();
    Ticket ticket = enter();
    server.answerAll();
    holder.observed(before);
    executor.runDue();
    assertThat(ticket.endpoint()).isPresent();
    assertThat(server.sent).hasSize(1);
  }

  @Test
  void aDrainAsksTunnelsToLeaveOnce() {
    assertThat(serve().opened()).isTrue();
    server.status().put("phase", "Draining").remove("endpoint");
    server.bump();
    observe();
    observe();
    assertThat(client.leaves()).containsExactly(StopReason.OUTDATED);
    assertThat(enter().endpoint()).isEmpty();
  }

  @Test
  void aDeletedServiceRefusesAndDrains() {
    assertThat(serve().opened()).isTrue();
    var waiting = new RecordingListener();
    holder.deleted(server.object());
    executor.runDue();
    assertThat(client.leaves()).containsExactly(StopReason.REMOVED);
    var unused = holder.gate().enter(9, clock.instant().plus(HOLD), waiting);
    executor.runDue();
    assertThat(waiting.refusal().map(Refusal::reason)).contains(Refusal.Reason.DISABLED);
    assertThat(unused).isPresent();
  }

  @Test
  void atShutdownTheStakeIsTakenBackWhenTheLastTunnelIsClosed() {
    Ticket ticket = serve();
    assertThat(ticket.opened()).isTrue();
    var done = holder.shutDown().toCompletableFuture();
    executor.runDue();
    assertThat(server.stakes().has(ME.key())).isTrue();
    ticket.close();
    executor.runDue();
    server.answerAll();
    assertThat(server.stakes()).isEmpty();
    assertThat(done).isCompleted();
  }

  private void removeStakes() {
    server.stakes().removeAll();
    server.bump();
    observe();
  }

  private void observe() {
    holder.observed(server.object());
    executor.runDue();
  }

  private Ticket enter() {
    var ticket = holder.gate().enter(256, clock.instant().plus(HOLD), client).orElseThrow();
    executor.runDue();
    return ticket;
  }

  private Ticket serve() {
    observe();
    Ticket ticket = enter();
    server.answerAll();
    assertThat(ticket.endpoint()).isPresent();
    return ticket;
  }

  private void advance(Duration by) {
    executor.advance(by);
  }

  /** Keeps requests until it is told to answer them. */
  private final class FakeServer implements StakeApi {
    private ObjectNode resource = Documents.resource(ACTIVE);
    private int version = 41;
    final List<String> sent = new ArrayList<>();
    private final Queue<Request> waiting = new ArrayDeque<>();

    private record Request(
        Supplier<ApiResult<ServiceObject>> action,
        CompletableFuture<ApiResult<ServiceObject>> answer) {}

    ObjectNode status() {
      return (ObjectNode) resource.get("status");
    }

    ObjectNode stakes() {
      return (ObjectNode) status().get("stakes");
    }

    ServiceObject object() {
      return ServiceObject.read(resource);
    }

    void bump() {
      ((ObjectNode) resource.get("metadata")).put("resourceVersion", Integer.toString(++version));
    }

    void answer() {
      Request next = waiting.remove();
      next.answer().complete(next.action().get());
    }

    void answerAll() {
      executor.runDue();
      while (!waiting.isEmpty()) {
        answer();
        executor.runDue();
      }
    }

    /** The next request is not answered in time; it lands when what is returned is run. */
    Runnable timeOut() {
      Request next = waiting.remove();
      next.answer().complete(new ApiResult.Unknown<>("time-out"));
      return () -> assertThat(next.action().get()).isNotNull();
    }

    private CompletionStage<ApiResult<ServiceObject>> send(
        String what, Supplier<ApiResult<ServiceObject>> action) {
      sent.add(what);
      var answer = new CompletableFuture<ApiResult<ServiceObject>>();
      waiting.add(new Request(action, answer));
      return answer;
    }

    @Override
    public CompletionStage<ApiResult<ServiceObject>> get(ServiceId id) {
      return send("get", () -> new ApiResult.Ok<>(object()));
    }

    @Override
    public CompletionStage<ApiResult<ServiceObject>> patchStatus(ServiceId id, JsonPatch patch) {
      return send(patch.toString(), () -> apply(patch));
    }

    private ApiResult<ServiceObject> apply(JsonPatch patch) {
      var patched = PatchEvaluator.apply(resource, patch.operations());
      if (patched.isEmpty()) {
        return new ApiResult.Rejected<>("a test failed");
      }
      resource = patched.get();
      bump();
      return new ApiResult.Ok<>(object());
    }
  }
}
