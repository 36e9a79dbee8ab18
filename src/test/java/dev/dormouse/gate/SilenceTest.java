package dev.dormouse.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Demand;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.core.WakeReason;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Whether the open tunnels are silent, and the compare-and-set of a doze. */
class SilenceTest {
  private static final Duration WHILE = Duration.ofSeconds(15);
  private static final Endpoint HERE = new Endpoint("127.0.0.1", 1);
  private static final int RACES = 20_000;

  private final MutableClock clock = new MutableClock();
  private final AtomicInteger changes = new AtomicInteger();
  private final Gate gate = new Gate(clock, changes::incrementAndGet);

  private Ticket open() {
    gate.apply(new Waiters.Admit(HERE));
    Ticket ticket =
        gate.enter(3, clock.instant().plus(WHILE), new RecordingListener()).orElseThrow();
    assertThat(ticket.opened()).isTrue();
    return ticket;
  }

  @Test
  void silenceIsCountedFromTheLastThatPassed() {
    open();
    assertThat(gate.demand().silentSince()).isEqualTo(clock.instant());
    clock.advance(WHILE);
    gate.silence().stir(WakeReason.MESSAGE);
    gate.silence().listen();
    var then = clock.instant();
    clock.advance(WHILE);
    assertThat(gate.demand().silentSince()).isEqualTo(then);
  }

  @Test
  void whatNobodyHasDatedCountsFromWhenItIsLookedAt() {
    open();
    clock.advance(WHILE);
    gate.silence().stir(WakeReason.MESSAGE);
    clock.advance(WHILE);
    assertThat(gate.demand().silentSince()).isEqualTo(clock.instant());
  }

  @Test
  void nothingIsSilentWhileSomethingWaitsToBeTaken() {
    open();
    gate.demand();
    clock.advance(WHILE);
    gate.silence().backlog(true);
    Demand waiting = gate.demand();
    assertThat(gate.demand().silentSince()).isEqualTo(clock.instant());
    assertThat(gate.withdrawIfSilent(waiting)).isFalse();
    gate.silence().backlog(false);
    assertThat(gate.demand().silentSince()).isEqualTo(MutableClock.START);
  }

  @Test
  void aDozeThatWinsHasArrivalsWait() {
    open();
    assertThat(gate.withdrawIfSilent(gate.demand())).isTrue();
    assertThat(gate.silence().isDozing()).isTrue();
    assertThat(gate.isAdmitting()).isFalse();
    assertThat(gate.demand().roused()).isEmpty();
  }

  @Test
  void whatPassedSinceItWasDecidedWins() {
    open();
    Demand decidedOn = gate.demand();
    clock.advance(WHILE);
    gate.silence().stir(WakeReason.MESSAGE);
    assertThat(gate.withdrawIfSilent(decidedOn)).isFalse();
    assertThat(gate.silence().isDozing()).isFalse();
    assertThat(gate.isAdmitting()).isTrue();
  }

  @Test
  void whoArrivedSinceItWasDecidedWins() {
    open();
    Demand decidedOn = gate.demand();
    gate.enter(3, clock.instant().plus(WHILE), new RecordingListener());
    assertThat(gate.withdrawIfSilent(decidedOn)).isFalse();
    assertThat(gate.withdrawIfSilent(gate.demand())).isFalse();
  }

  @Test
  void whatPassesASleeperAsksForAPassOnceAndSaysWhy() {
    open();
    assertThat(gate.withdrawIfSilent(gate.demand())).isTrue();
    int before = changes.get();
    gate.silence().stir(WakeReason.MESSAGE);
    gate.silence().stir(WakeReason.CLOSE);
    assertThat(changes).hasValue(before + 1);
    assertThat(gate.demand().roused()).contains(WakeReason.MESSAGE);
    gate.apply(new Waiters.Admit(HERE));
    assertThat(gate.silence().isDozing()).isFalse();
    assertThat(gate.demand().roused()).isEmpty();
  }

  @Test
  void whoLeavesASleeperIsNews() {
    Ticket ticket = open();
    open();
    assertThat(gate.withdrawIfSilent(gate.demand())).isTrue();
    ticket.close();
    assertThat(gate.demand().roused()).contains(WakeReason.CLOSE);
  }

  @Test
  void aDrainIsTheEndOfADoze() {
    open();
    assertThat(gate.withdrawIfSilent(gate.demand())).isTrue();
    gate.drain(StopReason.OUTDATED);
    assertThat(gate.silence().isDozing()).isFalse();
  }

  @Test
  void whoVisitsASleeperStaysUntilItIsStopped() {
    open();
    var connected = new RecordingListener();
    var dialling = new RecordingListener();
    assertThat(visit(connected).opened()).isTrue();
    Ticket late = visit(dialling);
    assertThat(gate.withdrawIfSilent(gate.demand())).isTrue();
    gate.apply(new Waiters.Hold());
    assertThat(connected.leaves()).isEmpty();
    assertThat(dialling.refusal().orElseThrow().reason()).isEqualTo(Refusal.Reason.ASLEEP);
    assertThat(late.opened()).isFalse();
    gate.withdraw();
    assertThat(connected.leaves()).containsExactly(StopReason.IDLE);
  }

  private Ticket visit(RecordingListener listener) {
    return gate.visit(new Gate.Bounds(3, 10, 0), "monitor", listener).orElseThrow();
  }

  /** Either the doze sees what passed, or who passed it sees the doze. */
  @Test
  void nothingPassesUnseenBetweenTheLastLookAndTheDoze() throws InterruptedException {
    open();
    var stop = new AtomicBoolean();
    var round = new AtomicInteger();
    var done = new AtomicInteger();
    var begun = new CountDownLatch(1);
    Thread passer =
        Thread.ofPlatform()
            .start(
                () -> {
                  begun.countDown();
                  while (!stop.get()) {
                    if (done.get() < round.get()) {
                      gate.silence().stir(WakeReason.MESSAGE);
                      done.incrementAndGet();
                    } else {
                      Thread.onSpinWait();
                    }
                  }
                });
    begun.await();
    int dozes = 0;
    for (int i = 0; i < RACES; i++) {
      Demand decidedOn = gate.demand();
      clock.advance(Duration.ofNanos(1));
      round.incrementAndGet();
      boolean asleep = gate.withdrawIfSilent(decidedOn);
      while (done.get() < round.get()) {
        Thread.onSpinWait();
      }
      if (asleep) {
        dozes++;
        assertThat(gate.demand().roused()).contains(WakeReason.MESSAGE);
        gate.apply(new Waiters.Admit(HERE));
      }
    }
    stop.set(true);
    passer.join();
    assertThat(dozes).isPositive();
  }
}
