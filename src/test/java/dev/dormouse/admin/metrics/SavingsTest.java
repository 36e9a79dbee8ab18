package dev.dormouse.admin.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.admin.Passes;
import dev.dormouse.admin.Views;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SavingsTest {
  private static final ServiceId CABLE = new ServiceId("default", "cable");
  private static final OptionalLong UNKNOWN = OptionalLong.empty();
  private static final long MB = Views.MB;

  private final MutableClock clock = new MutableClock();
  private final Savings savings = new Savings(clock);

  @Test
  void aServiceThatWasNeverSeenAwakeSavesAnUnknownAmountThatCountsAsNothing() {
    look(Views.unborn("cable"));
    pass(Duration.ofHours(1));
    assertThat(savings.of(CABLE)).isEqualTo(new Savings.Saving(UNKNOWN, 0));
  }

  @Test
  void aServiceThatIsAwakeSavesNothing() {
    look(awake(138));
    pass(Duration.ofHours(1));
    assertThat(savings.of(CABLE)).isEqualTo(new Savings.Saving(OptionalLong.of(0), 0));
  }

  @Test
  void asleepItSavesWhatItUsedWhenItWasLastSeenAwakeForAsLongAsItSleeps() {
    look(awake(138));
    fallAsleep();
    pass(Duration.ofSeconds(10));
    assertThat(savings.of(CABLE)).isEqualTo(saving(138, 10 * 138));
    pass(Duration.ofSeconds(10));
    savings.passed(CABLE, Phase.DORMANT, Phase.WAKING);
    savings.passed(CABLE, Phase.WAKING, Phase.ACTIVE);
    pass(Duration.ofHours(1));
    assertThat(savings.of(CABLE)).isEqualTo(saving(0, 20 * 138));
  }

  @Test
  void ofAFrozenServiceWhatIsLeftIsSubtracted() {
    look(awake(138));
    savings.passed(CABLE, Phase.ACTIVE, Phase.DORMANT);
    pass(Duration.ofSeconds(10));
    assertThat(savings.of(CABLE))
        .as("not measured since")
        .isEqualTo(new Savings.Saving(UNKNOWN, 0));
    look(frozen(3));
    assertThat(savings.of(CABLE)).isEqualTo(saving(135, 10 * 135));
    pass(Duration.ofSeconds(10));
    look(frozen(8));
    pass(Duration.ofSeconds(10));
    assertThat(savings.of(CABLE)).isEqualTo(saving(130, 10 * 135 + 10 * 130 + 10 * 130));
  }

  @Test
  void underOpenSocketsTheSame() {
    look(awake(138));
    savings.passed(CABLE, Phase.ACTIVE, Phase.DOZING);
    look(Views.dozing("cable", Passes.NOW));
    pass(Duration.ofSeconds(10));
    assertThat(savings.of(CABLE)).isEqualTo(saving(135, 10 * 135));
    savings.passed(CABLE, Phase.DOZING, Phase.WAKING);
    savings.passed(CABLE, Phase.WAKING, Phase.ACTIVE);
    pass(Duration.ofSeconds(10));
    assertThat(savings.of(CABLE)).isEqualTo(saving(0, 10 * 135));
  }

  @Test
  void whatGrewInItsSleepIsNoNegativeSaving() {
    look(awake(138));
    savings.passed(CABLE, Phase.ACTIVE, Phase.DORMANT);
    look(frozen(200));
    pass(Duration.ofSeconds(10));
    assertThat(savings.of(CABLE)).isEqualTo(saving(0, 0));
  }

  @Test
  void aLookThatIsLateDoesNotPutAServiceToSleep() {
    look(awake(138));
    fallAsleep();
    ServiceView late = Views.asleep("cable", Passes.NOW);
    savings.passed(CABLE, Phase.DORMANT, Phase.WAKING);
    look(late);
    pass(Duration.ofSeconds(10));
    assertThat(savings.of(CABLE)).isEqualTo(saving(0, 0));
  }

  @Test
  void whatAServiceHasSavedStaysSavedWhenItIsRemoved() {
    look(awake(138));
    fallAsleep();
    pass(Duration.ofSeconds(10));
    savings.passed(CABLE, Phase.DORMANT, Phase.DISABLED);
    pass(Duration.ofHours(1));
    savings.measured(List.of(), UNKNOWN);
    assertThat(savings.removedByteSeconds()).isEqualTo(10.0 * 138 * MB);
    look(awake(138));
    assertThat(savings.of(CABLE)).as("declared again").isEqualTo(saving(0, 0));
    savings.measured(List.of(), UNKNOWN);
    assertThat(savings.removedByteSeconds()).isEqualTo(10.0 * 138 * MB);
  }

  @Test
  void dormousesOwnMemoryIsCountedFromItsStart() {
    assertThat(savings.own()).isEqualTo(new Savings.Cost(UNKNOWN, 0));
    pass(Duration.ofSeconds(10));
    savings.measured(List.of(), OptionalLong.of(40 * MB));
    assertThat(savings.own()).isEqualTo(cost(40, 400));
    pass(Duration.ofSeconds(10));
    savings.measured(List.of(), OptionalLong.of(20 * MB));
    pass(Duration.ofSeconds(10));
    assertThat(savings.own()).isEqualTo(cost(20, 400 + 400 + 200));
    savings.measured(List.of(), UNKNOWN);
    assertThat(savings.own()).isEqualTo(cost(20, 1000));
  }

  private void look(ServiceView view) {
    savings.measured(List.of(view), OptionalLong.empty());
  }

  private void fallAsleep() {
    savings.passed(CABLE, Phase.ACTIVE, Phase.STOPPING);
    savings.passed(CABLE, Phase.STOPPING, Phase.DORMANT);
  }

  private void pass(Duration time) {
    clock.advance(time);
  }

  private static ServiceView awake(long mb) {
    return Views.running(Views.awake("cable", 1, Passes.NOW), 1, (double) mb);
  }

  private static ServiceView frozen(long mb) {
    ServiceView asleep = Views.asleep("cable", Passes.NOW);
    return new ServiceView(
        asleep.id(),
        asleep.spec(),
        asleep.status(),
        Optional.of(new ProcessUsage(1, 1, mb * MB, true)),
        asleep.awakeBytes(),
        asleep.wakes(),
        Optional.empty(),
        asleep.output());
  }

  private static Savings.Saving saving(long mb, long megabyteSeconds) {
    return new Savings.Saving(OptionalLong.of(mb * MB), (double) (megabyteSeconds * MB));
  }

  private static Savings.Cost cost(long mb, long megabyteSeconds) {
    return new Savings.Cost(OptionalLong.of(mb * MB), (double) (megabyteSeconds * MB));
  }
}
