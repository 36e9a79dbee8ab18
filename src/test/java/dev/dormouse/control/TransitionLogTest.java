package dev.dormouse.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Action;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Decision;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.Rule;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Waiters;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransitionLogTest {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
  private static final ServiceId ID = new ServiceId("shop", "cable");

  private final Logger logger = Logger.getLogger("dormouse");
  private final Lines lines = new Lines();

  @BeforeEach
  void listen() {
    logger.addHandler(lines);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(lines);
  }

  @Test
  void eachFailedStartHasOneLineAlsoIfThePhaseStays() {
    passed(failed(1), failed(1));
    assertThat(lines.seen).isEmpty();
    passed(failed(1), failed(2));
    assertThat(lines.seen)
        .extracting(LogLine::toString)
        .containsExactly(
            "service=shop/cable failed -> failed failures=2 nextRetry=2026-05-01T12:00:00Z"
                + " reason=SPAWN_FAILED: exceeded quota");
  }

  @Test
  void whatAMachineAsksForIsAField() {
    passed(failed(1), failed(2));
    assertThat(lines.seen.getFirst().fields())
        .containsExactly(
            Map.entry("from", "failed"),
            Map.entry("to", "failed"),
            Map.entry("failures", 2),
            Map.entry("nextRetry", "2026-05-01T12:00:00Z"),
            Map.entry("reason", "SPAWN_FAILED"));
  }

  private static void passed(ServiceStatus before, ServiceStatus after) {
    var decision =
        new Decision(
            Rule.STARTING,
            new Action.Start(),
            new Waiters.Hold(),
            Phase.WAKING,
            after.active(),
            after.ready(),
            Optional.empty(),
            Optional.empty());
    new TransitionLog().passed(ID, before, decision, after);
  }

  private static ServiceStatus failed(int count) {
    var condition = new Condition(Condition.Status.FALSE, Condition.Reason.START_FAILED, "");
    return new ServiceStatus(
        Phase.FAILED,
        condition,
        condition,
        1,
        Optional.empty(),
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(new Failure(FailureReason.SPAWN_FAILED, "exceeded quota", count, NOW, NOW)));
  }

  private static final class Lines extends Handler {
    final List<LogLine> seen = new ArrayList<>();

    @Override
    public void publish(LogRecord line) {
      if (line.getParameters()[0] instanceof LogLine told
          && told.service().equals(Optional.of(ID))) {
        seen.add(told);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
