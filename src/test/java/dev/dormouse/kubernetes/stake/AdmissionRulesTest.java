package dev.dormouse.kubernetes.stake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Waiters;
import dev.dormouse.kubernetes.simulation.Documents;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table above {@link AdmissionRules}, row by row. */
class AdmissionRulesTest {
  private static final Instant NEXT_ANSWER = Instant.parse("2026-05-01T12:00:06Z");
  private static final String AVAILABLE = "Available";

  @ParameterizedTest(name = "{0}, Ready {1}, stake {2}, API away {3}: {4}")
  @MethodSource("rows")
  void decidesWhatBecomesOfThoseThatWait(
      String phase, String unready, boolean stands, boolean away, String expected) {
    var standing = new AdmissionRules(status(phase, unready), stands);
    Waiters waiters = standing.waiters(away ? Optional.of(NEXT_ANSWER) : Optional.empty());
    assertThat(word(waiters)).isEqualTo(expected);
  }

  static Stream<Arguments> rows() {
    return Stream.of(
        arguments("Failed", "StartFailed", true, false, "hopeless timed-out"),
        arguments("Failed", "StartFailed", false, true, "hopeless timed-out"),
        arguments("Stopping", "Stopping", true, false, "refuse stopping"),
        arguments("Waking", "WaitingForDependency", true, false, "refuse dependency-failed"),
        arguments("Disabled", "Disabled", true, false, "refuse disabled"),
        arguments("Disabled", "ServedElsewhere", false, false, "refuse served-elsewhere"),
        arguments("Dormant", "InvalidSpec", false, false, "refuse disabled"),
        arguments("Dormant", "TargetConflict", false, false, "refuse disabled"),
        arguments("Active", "ServiceConflict", true, false, "admit"),
        arguments("Active", "NotRouted", true, false, "admit"),
        arguments("Dormant", "NotApplied", false, false, "hold"),
        arguments("Dormant", "NoScaleTarget", false, false, "hold"),
        arguments("Stopping", AVAILABLE, true, false, "hold"),
        arguments("Draining", AVAILABLE, true, true, "hold"),
        arguments("Waking", AVAILABLE, true, false, "admit"),
        arguments("Active", AVAILABLE, true, false, "admit"),
        arguments("Active", AVAILABLE, true, true, "admit"),
        arguments("Active", AVAILABLE, false, true, "hopeless control-plane-unavailable"),
        arguments("Active", AVAILABLE, false, false, "hold"));
  }

  @Test
  void anAddressOfAnotherEpochIsNotDialled() {
    ObjectNode status = json("Active", AVAILABLE);
    ((ObjectNode) status.at("/endpoints/0")).put("epoch", 6);
    ((ObjectNode) status.at("/endpoint")).put("epoch", 6);
    var standing = new AdmissionRules(StatusDocument.read(status).orElseThrow(), true);
    assertThat(standing.waiters(Optional.empty())).isInstanceOf(Waiters.Hold.class);
  }

  @ParameterizedTest
  @CsvSource({"Disabled, false", "Stopping, false", "StartFailed, true", "Available, true"})
  void aStakeIsEnteredOnlyForWhomItCanHelp(String reason, boolean worth) {
    assertThat(new AdmissionRules(status("Dormant", reason), false).isWorthAStake())
        .isEqualTo(worth);
  }

  @ParameterizedTest
  @CsvSource({"Active, true", "Waking, true", "Draining, false", "Stopping, false"})
  void aStakeLingersOnlyWhereSomebodyCanComeBackTo(String phase, boolean worth) {
    assertThat(new AdmissionRules(status(phase, AVAILABLE), true).isWorthKeeping())
        .isEqualTo(worth);
  }

  private static StatusDocument status(String phase, String readyReason) {
    return StatusDocument.read(json(phase, readyReason)).orElseThrow();
  }

  private static ObjectNode json(String phase, String readyReason) {
    ObjectNode status = Documents.json(Documents.WHOLE_STATUS).put("phase", phase);
    ((ObjectNode) status.at("/conditions/0"))
        .put("status", readyReason.equals(AVAILABLE) ? "True" : "False")
        .put("reason", readyReason);
    return status;
  }

  private static String word(Waiters waiters) {
    return switch (waiters) {
      case Waiters.Unchanged _ -> "unchanged";
      case Waiters.Hold _ -> "hold";
      case Waiters.Admit _ -> "admit";
      case Waiters.Refuse(Refusal refusal) -> "refuse " + refusal.reason().code();
      case Waiters.RefuseHopeless(Instant _, Refusal refusal) ->
          "hopeless " + refusal.reason().code();
    };
  }
}
