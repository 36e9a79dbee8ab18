package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.FreezeListener;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MeasuredFreezesTest {
  private static final ServiceId CABLE = new ServiceId("default", "cable");

  private final List<String> heard = new ArrayList<>();
  private final FreezeListener freezes =
      new MeasuredFreezes(new Listener(), () -> heard.add("measured"));

  @Test
  void whatIsLeftIsMeasuredOnceAFreezeIsComplete() {
    for (FreezeListener.Outcome outcome : FreezeListener.Outcome.values()) {
      freezes.froze(CABLE, outcome);
    }
    freezes.thawed(CABLE, Optional.empty());
    assertThat(heard)
        .containsExactly("FROZEN", "measured", "INTERRUPTED", "IN_VAIN", "FAILED", "thawed");
  }

  private final class Listener implements FreezeListener {
    @Override
    public void froze(ServiceId id, Outcome outcome) {
      heard.add(outcome.name());
    }

    @Override
    public void thawed(ServiceId id, Optional<Duration> took) {
      heard.add("thawed");
    }
  }
}
