package dev.dormouse.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.gate.Gate;
import dev.dormouse.gate.Ticket;
import dev.dormouse.local.LocalController;
import dev.dormouse.local.MemoryDriver;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import dev.dormouse.testing.Specs;
import dev.dormouse.testing.VirtualExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** When Dormouse itself falls asleep, in virtual time. */
class SelfPageOutTest {
  private static final ServiceId CABLE = new ServiceId("default", "cable");
  private static final ServiceId REDIS = new ServiceId("default", "redis");
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final MutableClock clock = new MutableClock();
  private final VirtualExecutor control = new VirtualExecutor(clock);
  private final List<BooleanSupplier> sleeps = new ArrayList<>();
  private final List<BooleanSupplier> looks = new ArrayList<>();
  private final MemoryDriver driver = new MemoryDriver(clock);
  private List<LocalController.Served> served = List.of();
  private final LocalController controller =
      new LocalController(
          driver::observedBy,
          clock,
          new WarmWindows(clock),
          control,
          new SelfPageOut(
              control,
              new SelfPageOut.Sleeper() {
                @Override
                public void sleep(BooleanSupplier wanted) {
                  sleeps.add(wanted);
                }

                @Override
                public void settle(BooleanSupplier wanted) {
                  looks.add(wanted);
                }
              }),
          now -> served = now);

  @Test
  void sleepsThirtySecondsAfterItsStartAndOnlyOnce() {
    apply(Map.of(CABLE, Specs.onDemand().build()));
    control.advance(SelfPageOut.CALM.minus(MOMENT));
    assertThat(sleeps).isEmpty();
    control.advance(MOMENT);
    assertThat(sleeps).hasSize(1);
    control.advance(Duration.ofDays(1));
    assertThat(sleeps).hasSize(1);
  }

  @Test
  void asLongAsItSleepsItLooksWhatWasBroughtBack() {
    apply(Map.of(CABLE, Specs.onDemand().build()));
    control.advance(SelfPageOut.CALM.plus(SelfPageOut.LOOK).minus(MOMENT));
    assertThat(looks).isEmpty();
    control.advance(MOMENT);
    control.advance(SelfPageOut.LOOK);
    assertThat(looks).hasSize(2);
    enter();
    assertThat(looks.getLast().getAsBoolean()).isFalse();
    control.advance(SelfPageOut.LOOK.multipliedBy(3));
    assertThat(looks).hasSize(2);
  }

  @Test
  void anUpgradeEndsTheSleepAndPutsOffTheNext() {
    apply(Map.of(CABLE, Specs.onDemand().build()));
    control.advance(SelfPageOut.CALM);
    assertThat(sleeps.getFirst().getAsBoolean()).isTrue();
    Ticket ticket = enter();
    assertThat(sleeps.getFirst().getAsBoolean()).isFalse();
    control.advance(Duration.ofSeconds(5));
    driver.fake.becomeReady(CABLE);
    control.runDue();
    assertThat(ticket.opened()).isTrue();
    control.advance(Duration.ofHours(1));
    ticket.close();
    control.advance(Specs.onDemand().build().idleTimeout());
    driver.fake.end(CABLE);
    control.runDue();
    assertThat(sleeps).hasSize(1);
    control.advance(SelfPageOut.CALM);
    assertThat(sleeps).hasSize(2);
  }

  @Test
  void whatAlwaysRunsWithoutClientsIsNoReasonToStayAwake() {
    apply(Map.of(REDIS, Specs.always().build()));
    driver.fake.becomeReady(REDIS);
    control.advance(SelfPageOut.CALM);
    assertThat(sleeps).hasSize(1);
  }

  private Ticket enter() {
    Gate gate = served.getFirst().gate();
    var ticket =
        gate.enter(1, clock.instant().plus(Duration.ofSeconds(15)), new RecordingListener());
    control.runDue();
    return ticket.orElseThrow();
  }

  private void apply(Map<ServiceId, ServiceSpec> specs) {
    controller.apply(specs);
    control.runDue();
  }
}
