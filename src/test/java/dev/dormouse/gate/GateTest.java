package dev.dormouse.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The clients' side: counting, exactly once, and who is called when. */
class GateTest {
  private static final Endpoint HERE = new Endpoint("127.0.0.1", 1);
  private static final Refusal REFUSAL = Refusal.of(Refusal.Reason.START_FAILED, "no");
  private static final Duration HOLD = Duration.ofSeconds(15);
  private static final int MAX_WAITING = 3;

  private final MutableClock clock = new MutableClock();
  private final AtomicInteger changes = new AtomicInteger();
  private final Gate gate = new Gate(clock, changes::incrementAndGet);

  @Test
  void aNewGateIsQuietSinceItsCreationAndHasNoAddress() {
    clock.advance(HOLD);
    assertDemand(0, 0);
    assertThat(gate.demand().quietSince()).isEqualTo(MutableClock.START);
    assertThat(enter(new RecordingListener()).endpoint()).isEmpty();
  }

  @Test
  void anArrivalCountsAsWaitingThenAsOpenThenNotAtAll() {
    Ticket ticket = enter(new RecordingListener());
    assertDemand(1, 0);
    assertThat(ticket.opened()).isTrue();
    assertDemand(0, 1);
    ticket.close();
    assertDemand(0, 0);
  }

  @Test
  void everyStepOfAConnectionIsAChangeOfDemand() {
    Ticket ticket = enter(new RecordingListener());
    assertThat(changes).hasValue(1);
    assertThat(ticket.opened()).isTrue();
    assertThat(changes).hasValue(2);
    ticket.close();
    assertThat(changes).hasValue(3);
  }

  @Test
  void whoIsConnectedToAnAddressThatIsToBeLeftIsAskedOnceAndSoIsWhoStillGetsThere() {
    var there = new Endpoint("127.0.0.2", 1);
    var connected = new RecordingListener();
    var dialling = new RecordingListener();
    var elsewhere = new RecordingListener();
    gate.apply(new Waiters.Admit(HERE));
    Ticket first = enter(connected);
    Ticket second = enter(dialling);
    assertThat(first.endpoint()).isEqualTo(second.endpoint()).contains(HERE);
    assertThat(first.opened()).isTrue();
    gate.drain(Set.of(HERE));
    gate.apply(new Waiters.Admit(there));
    gate.drain(Set.of(HERE));
    Ticket third = enter(elsewhere);
    assertThat(third.endpoint()).contains(there);
    assertThat(second.opened() && third.opened()).isTrue();
    assertThat(connected.leaves()).containsExactly(StopReason.OUTDATED);
    assertThat(dialling.leaves()).containsExactly(StopReason.OUTDATED);
    assertThat(elsewhere.leaves()).isEmpty();
    gate.drain(Set.of());
    assertThat(gate.isAdmitting()).isTrue();
  }

  @Test
  void closingTwiceGivesBackOneShareOnly() {
    Ticket first = enter(new RecordingListener());
    Ticket second = enter(new RecordingListener());
    assertThat(second.opened()).isTrue();
    first.close();
    first.close();
    assertDemand(0, 1);
    second.close();
    second.close();
    assertDemand(0, 0);
    assertThat(changes).hasValue(5);
  }

  @Test
  void closingTwiceDoesNotMoveTheLastClose() {
    Ticket ticket = enter(new RecordingListener());
    ticket.close();
    clock.advance(HOLD);
    ticket.close();
    assertThat(gate.demand().quietSince()).isEqualTo(MutableClock.START);
  }

  @Test
  void aTicketOpensOnce() {
    Ticket ticket = enter(new RecordingListener());
    assertThat(ticket.opened()).isTrue();
    assertThat(ticket.opened()).isFalse();
    assertDemand(0, 1);
  }

  @Test
  void aClosedTicketHasNoRightToATunnel() {
    Ticket ticket = enter(new RecordingListener());
    ticket.close();
    assertThat(ticket.opened()).isFalse();
    assertDemand(0, 0);
  }

  @Test
  void whoeverTheWorkloadTurnedAwayCountsAsIfItHadNeverCome() {
    Ticket served = enter(new RecordingListener());
    assertThat(served.opened()).isTrue();
    served.close();
    clock.advance(HOLD);
    Ticket refused = enter(new RecordingListener());
    assertDemand(1, 0);
    refused.turnedAway();
    refused.close();
    assertDemand(0, 0);
    assertThat(gate.demand().quietSince()).isEqualTo(MutableClock.START);
  }

  @Test
  void idlenessIsCountedFromTheLastWhoWasNotTurnedAway() {
    Ticket served = enter(new RecordingListener());
    Ticket refused = enter(new RecordingListener());
    clock.advance(HOLD);
    served.close();
    clock.advance(HOLD);
    refused.turnedAway();
    refused.close();
    assertThat(gate.demand().quietSince()).isEqualTo(MutableClock.START.plus(HOLD));
  }

  @Test
  void aVisitorIsNoDemandAndChangesNone() {
    gate.apply(new Waiters.Admit(HERE));
    Ticket visitor = visit(new RecordingListener()).orElseThrow();
    assertThat(visitor.endpoint()).contains(HERE);
    assertThat(visitor.opened()).isTrue();
    clock.advance(HOLD);
    visitor.close();
    assertDemand(0, 0);
    assertThat(gate.demand().quietSince()).isEqualTo(MutableClock.START);
    assertThat(changes).hasValue(0);
  }

  @Test
  void aVisitorIsLetInOnlyWhileOthersAreAndThereIsRoom() {
    assertThat(visit(new RecordingListener())).isEmpty();
    gate.apply(new Waiters.Admit(HERE));
    var one = new Gate.Bounds(1, 1, 0);
    Ticket first = gate.visit(one, "a", new RecordingListener()).orElseThrow();
    assertThat(gate.visit(one, "a", new RecordingListener())).isEmpty();
    first.close();
    assertThat(gate.visit(one, "a", new RecordingListener())).isPresent();
  }

  @Test
  void anIdleStopDoesNotWaitForVisitorsAndAsksThemToLeave() {
    gate.apply(new Waiters.Admit(HERE));
    var connected = new RecordingListener();
    var dialling = new RecordingListener();
    assertThat(visit(connected).orElseThrow().opened()).isTrue();
    Ticket late = visit(dialling).orElseThrow();
    assertThat(gate.withdrawIfQuiet(gate.demand())).isTrue();
    assertThat(connected.leaves()).containsExactly(StopReason.IDLE);
    assertThat(dialling.refusal().orElseThrow().reason()).isEqualTo(Refusal.Reason.ASLEEP);
    assertThat(late.opened()).isFalse();
  }

  private Optional<Ticket> visit(RecordingListener listener) {
    return gate.visit(new Gate.Bounds(MAX_WAITING, 10, 0), "monitor", listener);
  }

  @Test
  @Tag("D17")
  void itIsQuietSinceTheVeryLastClose() {
    Ticket waiting = enter(new RecordingListener());
    Ticket open = enter(new RecordingListener());
    assertThat(open.opened()).isTrue();
    clock.advance(HOLD);
    open.close();
    clock.advance(HOLD);
    waiting.close();
    assertThat(gate.demand().quietSince()).isEqualTo(MutableClock.START.plus(HOLD).plus(HOLD));
  }

  @Test
  void aRefusalOfTheLastOneMakesItQuiet() {
    enter(new RecordingListener());
    clock.advance(HOLD);
    gate.apply(new Waiters.Refuse(REFUSAL));
    assertDemand(0, 0);
    assertThat(gate.demand().quietSince()).isEqualTo(clock.instant());
  }

  @Test
  void remembersWhenTheWorkloadLastEndedATunnel() {
    var listener = new RecordingListener();
    var ticket = gate.enter(MAX_WAITING, clock.instant().plus(HOLD), listener).orElseThrow();
    ticket.abandoned();
    assertThat(gate.demand().abandonedAt()).isEqualTo(Instant.MIN); // no tunnel yet
    ticket.opened();
    ticket.abandoned();
    Instant then = clock.instant();
    clock.advance(HOLD);
    ticket.close();
    ticket.abandoned();
    assertThat(gate.demand().abandonedAt()).isEqualTo(then);
  }

  @Test
  void moreThanTheLimitDoNotWaitAndAreNotCounted() {
    for (int i = 0; i < MAX_WAITING; i++) {
      enter(new RecordingListener());
    }
    var tooMany = gate.enter(MAX_WAITING, clock.instant().plus(HOLD), new RecordingListener());
    assertThat(tooMany).isEmpty();
    assertDemand(MAX_WAITING, 0);
    assertThat(changes).hasValue(MAX_WAITING);
  }

  @Test
  void openTunnelsDoNotCountAsWaiting() {
    for (int i = 0; i < MAX_WAITING + 1; i++) {
      assertThat(enter(new RecordingListener()).opened()).isTrue();
    }
    assertDemand(0, MAX_WAITING + 1);
  }

  @Test
  void listenersAreNeverCalledUnderTheLock() {
    var reentering = new ReenteringListener();
    Ticket ticket = enter(reentering);
    gate.apply(new Waiters.Admit(HERE));
    gate.drain(StopReason.SHUTDOWN);
    assertThat(ticket.opened()).isTrue();
    gate.drain(StopReason.SHUTDOWN);
    enter(reentering);
    gate.apply(new Waiters.Refuse(REFUSAL));
    assertThat(reentering.calls).hasValue(4);
  }

  @Test
  void theChangeOfDemandIsToldOutsideTheLock() {
    var told = new AtomicInteger();
    var cell = new CompletableFuture<Gate>();
    var watched =
        new Gate(
            clock,
            () -> {
              fromAnotherThread(cell.join());
              told.incrementAndGet();
            });
    cell.complete(watched);
    var ticket = watched.enter(MAX_WAITING, clock.instant(), new RecordingListener()).orElseThrow();
    assertThat(ticket.opened()).isTrue();
    ticket.close();
    watched.enter(MAX_WAITING, clock.instant(), new RecordingListener());
    watched.apply(new Waiters.Refuse(REFUSAL));
    assertThat(told).hasValue(5);
  }

  /** Uses the gate from another thread while the call lasts: stuck if the lock is held. */
  private final class ReenteringListener implements TicketListener {
    final AtomicInteger calls = new AtomicInteger();

    @Override
    public void admitted() {
      reenter();
    }

    @Override
    public void refused(Refusal refusal) {
      reenter();
    }

    @Override
    public void leave(StopReason reason) {
      reenter();
    }

    private void reenter() {
      fromAnotherThread(gate);
      calls.incrementAndGet();
    }
  }

  private static void fromAnotherThread(Gate gate) {
    var demand = CompletableFuture.supplyAsync(gate::demand, Thread.ofVirtual()::start);
    assertThat(demand.orTimeout(10, TimeUnit.SECONDS).join()).isNotNull();
  }

  private Ticket enter(TicketListener listener) {
    return gate.enter(MAX_WAITING, clock.instant().plus(HOLD), listener).orElseThrow();
  }

  private void assertDemand(int waiting, int open) {
    assertThat(gate.demand().waiting()).as("waiting").isEqualTo(waiting);
    assertThat(gate.demand().open()).as("open").isEqualTo(open);
  }
}
