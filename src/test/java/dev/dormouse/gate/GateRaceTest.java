package dev.dormouse.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Demand;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real threads that meet at a barrier in every round. */
@Timeout(120)
class GateRaceTest {
  private static final int ROUNDS = 10_000;
  private static final Endpoint HERE = new Endpoint("127.0.0.1", 1);
  private static final Instant NOW = MutableClock.START;

  /** Rounds shift one side against the other by up to this many spins, so that all orders occur. */
  private static final int SPINS = 256;

  @Test
  @Tag("D18")
  void anArrivalThatRacesTheIdleStopAlwaysWinsOrWaits() throws Exception {
    var wins = new AtomicInteger();
    var waits = new AtomicInteger();
    race(
        (gate, round) -> {
          gate.apply(new Waiters.Admit(HERE));
          return List.of(
              () -> {
                spin(round % SPINS);
                Ticket ticket = enter(gate, new RecordingListener());
                return ticket.endpoint().isPresent() && ticket.opened();
              },
              () -> {
                spin(SPINS - round % SPINS);
                return gate.withdrawIfQuiet(gate.demand());
              });
        },
        (gate, results) -> {
          boolean admitted = results.get(0);
          boolean stopped = results.get(1);
          assertThat(admitted).as("admitted xor stopped").isNotEqualTo(stopped);
          Demand.Known demand = gate.demand();
          assertThat(demand.open()).isEqualTo(admitted ? 1 : 0);
          assertThat(demand.waiting()).isEqualTo(admitted ? 0 : 1);
          (admitted ? wins : waits).incrementAndGet();
        });
    assertThat(wins).as("arrivals that won").hasPositiveValue();
    assertThat(waits).as("arrivals that waited").hasPositiveValue();
  }

  @Test
  void aTicketThatIsOpenedAndRefusedAtOnceIsOneOfBoth() throws Exception {
    var refusal = Refusal.of(Refusal.Reason.START_FAILED, "no");
    race(
        (gate, round) -> {
          var listener = new RecordingListener();
          Ticket ticket = enter(gate, listener);
          return List.of(
              () -> {
                spin(round % SPINS);
                return ticket.opened();
              },
              () -> {
                spin(SPINS - round % SPINS);
                gate.apply(new Waiters.Refuse(refusal));
                return listener.refusal().isPresent();
              });
        },
        (gate, results) -> {
          assertThat(results.get(0)).as("opened xor refused").isNotEqualTo(results.get(1));
          assertThat(gate.demand().open()).isEqualTo(results.get(0) ? 1 : 0);
          assertThat(gate.demand().waiting()).isZero();
        });
  }

  @Test
  void aTunnelThatOpensDuringADrainIsAskedToLeaveExactlyOnce() throws Exception {
    var listeners = new ArrayList<RecordingListener>();
    race(
        (gate, round) -> {
          var listener = new RecordingListener();
          listeners.add(listener);
          Ticket ticket = enter(gate, listener);
          return List.of(
              () -> {
                spin(round % SPINS);
                return ticket.opened();
              },
              () -> {
                spin(SPINS - round % SPINS);
                gate.drain(StopReason.SHUTDOWN);
                return true;
              });
        },
        (gate, results) ->
            assertThat(listeners.removeLast().leaves()).containsExactly(StopReason.SHUTDOWN));
  }

  @Test
  void closesFromTwoThreadsGiveBackOneShare() throws Exception {
    race(
        (gate, round) -> {
          Ticket stays = enter(gate, new RecordingListener());
          Ticket goes = enter(gate, new RecordingListener());
          Callable<Boolean> close =
              () -> {
                goes.close();
                return stays.endpoint().isEmpty();
              };
          return List.of(close, close);
        },
        (gate, results) -> assertThat(gate.demand().waiting()).isEqualTo(1));
  }

  @Test
  void everyWaiterHearsOfAnAddressThatRacesItsArrival() throws Exception {
    race(
        (gate, round) -> {
          var listener = new RecordingListener();
          return List.of(
              () -> {
                spin(round % SPINS);
                Ticket ticket = enter(gate, listener);
                return ticket.endpoint().isPresent();
              },
              () -> {
                spin(SPINS - round % SPINS);
                gate.apply(new Waiters.Admit(HERE));
                return listener.admissions() > 0;
              });
        },
        (gate, results) ->
            assertThat(results.get(0) || results.get(1)).as("found or told").isTrue());
  }

  private interface Round {
    /** What two threads do at once; runs before they do. */
    List<Callable<Boolean>> prepare(Gate gate, int round);
  }

  private interface Check {
    void check(Gate gate, List<Boolean> results);
  }

  private static void race(Round round, Check check) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < ROUNDS; i++) {
        var gate = new Gate(() -> NOW, () -> {});
        var barrier = new CyclicBarrier(2);
        List<Future<Boolean>> running =
            round.prepare(gate, i).stream()
                .map(
                    task ->
                        threads.submit(
                            () -> {
                              barrier.await(60, TimeUnit.SECONDS);
                              return task.call();
                            }))
                .toList();
        check.check(gate, List.of(running.get(0).get(), running.get(1).get()));
      }
    }
  }

  private static Ticket enter(Gate gate, RecordingListener listener) {
    return gate.enter(2, NOW, listener).orElseThrow();
  }

  private static void spin(int times) {
    for (int i = 0; i < times; i++) {
      Thread.onSpinWait();
    }
  }
}
