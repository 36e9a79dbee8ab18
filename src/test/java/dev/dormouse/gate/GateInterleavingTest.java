package dev.dormouse.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every order in which the steps of two clients (enter, read the address, open, close) and of an
 * idle stop followed by the next start (withdraw, stop, admit to a new address) can happen.
 */
class GateInterleavingTest {
  private static final int CLIENTS = 2;
  private static final int CLIENT_STEPS = 4;
  private static final int STOP_STEPS = 3;

  /** 11! / (4! 4! 3!). */
  private static final int SCHEDULES = 11_550;

  @Test
  @Tag("D18")
  void nobodyEverHoldsTheAddressOfAStoppedWorkload() {
    List<String> violations = new ArrayList<>();
    Set<String> outcomes = new HashSet<>();
    int count =
        forEachSchedule(
            schedule ->
                outcomes.add(
                    run(schedule, gate -> gate.withdrawIfQuiet(gate.demand()), violations)));
    assertThat(count).isEqualTo(SCHEDULES);
    assertThat(violations).isEmpty();
    assertThat(outcomes).containsExactlyInAnyOrder("arrival won", "stop won", "arrival waited");
  }

  @Test
  void aStopWithoutTheCompareAndSetWouldBeFound() {
    List<String> violations = new ArrayList<>();
    Predicate<Gate> careless =
        gate -> {
          gate.withdraw();
          return true;
        };
    forEachSchedule(schedule -> run(schedule, careless, violations));
    assertThat(violations).isNotEmpty();
  }

  /** One schedule: each entry is who steps next; {@link #CLIENTS} stands for the stop. */
  private static String run(
      List<Integer> schedule, Predicate<Gate> withdraw, List<String> violations) {
    var world = new World(withdraw);
    for (int who : schedule) {
      if (who == CLIENTS) {
        world.stepStop();
      } else {
        world.clients.get(who).step();
      }
      if (world.clients.stream().anyMatch(Client::holdsADeadAddress)) {
        violations.add(schedule.toString());
      }
    }
    assertThat(world.gate.demand().waiting() + world.gate.demand().open()).isZero();
    return !world.stopped
        ? "arrival won"
        : world.clients.stream().anyMatch(client -> client.waited) ? "arrival waited" : "stop won";
  }

  private static final class World {
    final Gate gate = new Gate(new MutableClock(), () -> {});
    final List<Client> clients = new ArrayList<>();
    private final Predicate<Gate> withdraw;
    private final Set<Endpoint> alive = new HashSet<>();
    private int stopSteps;
    boolean stopped;

    World(Predicate<Gate> withdraw) {
      this.withdraw = withdraw;
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new Client(this));
      }
      start(1);
    }

    private void start(int port) {
      var address = new Endpoint("127.0.0.1", port);
      alive.add(address);
      gate.apply(new Waiters.Admit(address));
    }

    void stepStop() {
      switch (stopSteps++) {
        case 0 -> stopped = withdraw.test(gate);
        case 1 -> {
          if (stopped) {
            alive.clear();
          }
        }
        default -> {
          if (stopped) {
            start(2);
          }
        }
      }
    }
  }

  private static final class Client {
    private final World world;
    private Optional<Ticket> ticket = Optional.empty();
    private Optional<Endpoint> held = Optional.empty();
    private int steps;
    boolean waited;

    Client(World world) {
      this.world = world;
    }

    void step() {
      switch (steps++) {
        case 0 -> ticket = world.gate.enter(CLIENTS, MutableClock.START, new RecordingListener());
        case 1 -> {
          held = ticket.orElseThrow().endpoint();
          waited = held.isEmpty();
        }
        case 2 -> {
          if (held.isPresent()) {
            assertThat(ticket.orElseThrow().opened()).isTrue();
          }
        }
        default -> {
          ticket.orElseThrow().close();
          held = Optional.empty();
        }
      }
    }

    boolean holdsADeadAddress() {
      return held.isPresent() && !world.alive.contains(held.get());
    }
  }

  private interface Visitor {
    void visit(List<Integer> schedule);
  }

  private static int forEachSchedule(Visitor visitor) {
    int[] left = new int[CLIENTS + 1];
    Arrays.fill(left, CLIENT_STEPS);
    left[CLIENTS] = STOP_STEPS;
    return extend(new ArrayList<>(), left, visitor);
  }

  private static int extend(List<Integer> schedule, int[] left, Visitor visitor) {
    int count = 0;
    boolean complete = true;
    for (int who = 0; who < left.length; who++) {
      if (left[who] > 0) {
        complete = false;
        left[who]--;
        schedule.add(who);
        count += extend(schedule, left, visitor);
        schedule.removeLast();
        left[who]++;
      }
    }
    if (complete) {
      visitor.visit(schedule);
      return 1;
    }
    return count;
  }
}
