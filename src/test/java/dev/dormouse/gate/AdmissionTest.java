package dev.dormouse.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Demand;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The control side: admission granted and withdrawn, refusals, drains. */
class AdmissionTest {
  private static final Endpoint HERE = new Endpoint("127.0.0.1", 1);
  private static final Endpoint THERE = new Endpoint("127.0.0.1", 2);
  private static final Refusal REFUSAL = Refusal.of(Refusal.Reason.START_FAILED, "no");
  private static final Duration HOLD = Duration.ofSeconds(15);
  private static final int MAX_WAITING = 3;

  private final MutableClock clock = new MutableClock();
  private final AtomicInteger changes = new AtomicInteger();
  private final Gate gate = new Gate(clock, changes::incrementAndGet);

  @Test
  void everybodyWhoWaitsIsAdmittedOncePerAddress() {
    var first = new RecordingListener();
    var second = new RecordingListener();
    Ticket ticket = enter(first);
    enter(second);
    gate.apply(new Waiters.Admit(HERE));
    gate.apply(new Waiters.Admit(HERE));
    assertThat(first.admissions()).isEqualTo(1);
    assertThat(second.admissions()).isEqualTo(1);
    assertThat(ticket.endpoint()).contains(HERE);

    gate.apply(new Waiters.Admit(THERE));
    assertThat(first.admissions()).isEqualTo(2);
    assertThat(ticket.endpoint()).contains(THERE);
  }

  @Test
  void anAddressThatComesBackIsANewOne() {
    var listener = new RecordingListener();
    enter(listener);
    gate.apply(new Waiters.Admit(HERE));
    gate.apply(new Waiters.Hold());
    gate.apply(new Waiters.Admit(HERE));
    assertThat(listener.admissions()).isEqualTo(2);
  }

  @Test
  void nobodyIsAdmittedWhoIsOpenOrGone() {
    var open = new RecordingListener();
    var gone = new RecordingListener();
    assertThat(enter(open).opened()).isTrue();
    enter(gone).close();
    gate.apply(new Waiters.Admit(HERE));
    assertThat(open.admissions()).isZero();
    assertThat(gone.admissions()).isZero();
  }

  @Test
  void anArrivalAtAnOpenGateFindsTheAddressByItself() {
    gate.apply(new Waiters.Admit(HERE));
    var listener = new RecordingListener();
    assertThat(enter(listener).endpoint()).contains(HERE);
    assertThat(listener.admissions()).isZero();
  }

  @Test
  void unchangedLeavesTheAddressAndTheWaiters() {
    var listener = new RecordingListener();
    Ticket ticket = enter(listener);
    gate.apply(new Waiters.Admit(HERE));
    gate.apply(new Waiters.Unchanged());
    assertThat(ticket.endpoint()).contains(HERE);
    assertThat(listener.refusal()).isEmpty();
    assertDemand(1, 0);
  }

  @Test
  void holdWithdrawsTheAddressAndKeepsTheWaiters() {
    Ticket ticket = enter(new RecordingListener());
    gate.apply(new Waiters.Admit(HERE));
    gate.apply(new Waiters.Hold());
    assertThat(ticket.endpoint()).isEmpty();
    assertDemand(1, 0);
  }

  @Test
  void aRefusalEndsTheWaitOfAllAndTouchesNoTunnel() {
    var waiting = new RecordingListener();
    var open = new RecordingListener();
    Ticket refused = enter(waiting);
    assertThat(enter(open).opened()).isTrue();
    gate.apply(new Waiters.Refuse(REFUSAL));
    assertThat(waiting.refusal()).contains(REFUSAL);
    assertThat(open.refusal()).isEmpty();
    assertThat(refused.opened()).isFalse();
    assertThat(refused.endpoint()).isEmpty();
    assertDemand(0, 1);
  }

  @Test
  void aRefusalIsHeardOnce() {
    enter(new RecordingListener());
    gate.apply(new Waiters.Refuse(REFUSAL));
    gate.apply(new Waiters.Refuse(REFUSAL));
    assertDemand(0, 0);
  }

  @Test
  void aRefusalThatEndsDemandIsAChangeAndAnEmptyOneIsNot() {
    enter(new RecordingListener());
    gate.apply(new Waiters.Refuse(REFUSAL));
    assertThat(changes).hasValue(2);
    gate.apply(new Waiters.Refuse(REFUSAL));
    assertThat(changes).hasValue(2);
  }

  @Test
  void onlyThoseWithoutHopeAreRefused() {
    var chance = clock.instant().plus(HOLD);
    var hopeless = new RecordingListener();
    var exact = new RecordingListener();
    gate.enter(MAX_WAITING, chance.minusNanos(1), hopeless);
    gate.enter(MAX_WAITING, chance, exact);
    gate.apply(new Waiters.RefuseHopeless(chance, REFUSAL));
    assertThat(hopeless.refusal()).contains(REFUSAL);
    assertThat(exact.refusal()).isEmpty();
    assertDemand(1, 0);
  }

  @Test
  void theIdleStopWinsOnlyIfNobodyIsThere() {
    gate.apply(new Waiters.Admit(HERE));
    Ticket ticket = enter(new RecordingListener());
    assertThat(gate.withdrawIfQuiet(gate.demand())).isFalse();
    assertThat(ticket.endpoint()).contains(HERE);
    assertThat(ticket.opened()).isTrue();
    assertThat(gate.withdrawIfQuiet(gate.demand())).isFalse();
    assertThat(ticket.endpoint()).contains(HERE);
    ticket.close();
    assertThat(gate.withdrawIfQuiet(gate.demand())).isTrue();
    assertThat(enter(new RecordingListener()).endpoint()).isEmpty();
  }

  @Test
  void whoeverCameAndLeftSinceTheDecisionWinsAsWell() {
    gate.apply(new Waiters.Admit(HERE));
    Demand decidedOn = gate.demand();
    clock.advance(Duration.ofNanos(1));
    enter(new RecordingListener()).close();
    assertThat(gate.withdrawIfQuiet(decidedOn)).isFalse();
    assertThat(enter(new RecordingListener()).endpoint()).contains(HERE);
  }

  @Test
  void anUnknownDemandIsNoGroundForAnIdleStop() {
    assertThat(gate.withdrawIfQuiet(new Demand.Unknown())).isFalse();
  }

  @Test
  void aDrainAsksPresentAndFutureTunnelsToLeaveButNoWaiter() {
    var present = new RecordingListener();
    var future = new RecordingListener();
    var waiter = new RecordingListener();
    assertThat(enter(present).opened()).isTrue();
    Ticket dialling = enter(future);
    Ticket held = enter(waiter);
    gate.drain(StopReason.OUTDATED);
    assertThat(present.leaves()).containsExactly(StopReason.OUTDATED);
    assertThat(held.endpoint()).isEmpty();
    assertThat(dialling.opened()).isTrue();
    assertThat(future.leaves()).containsExactly(StopReason.OUTDATED);
    assertThat(waiter.leaves()).isEmpty();
  }

  @Test
  void theNextAdmissionEndsADrain() {
    gate.drain(StopReason.OUTDATED);
    gate.apply(new Waiters.Admit(HERE));
    var listener = new RecordingListener();
    assertThat(enter(listener).opened()).isTrue();
    assertThat(listener.leaves()).isEmpty();
  }

  private Ticket enter(TicketListener listener) {
    return gate.enter(MAX_WAITING, clock.instant().plus(HOLD), listener).orElseThrow();
  }

  private void assertDemand(int waiting, int open) {
    assertThat(gate.demand().waiting()).as("waiting").isEqualTo(waiting);
    assertThat(gate.demand().open()).as("open").isEqualTo(open);
  }
}
