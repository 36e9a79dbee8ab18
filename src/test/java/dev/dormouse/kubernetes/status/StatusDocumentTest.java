package dev.dormouse.kubernetes.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.kubernetes.simulation.Documents;
import dev.dormouse.kubernetes.status.StatusDocument.Maker;
import dev.dormouse.kubernetes.status.StatusDocument.Published;
import dev.dormouse.kubernetes.status.StatusDocument.StatusCondition;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatusDocumentTest {
  private static final Stake.Complaint DEAF = new Stake.Complaint(FailureReason.DEAF, "p-0");
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00.123456Z");
  private static final Maker MAKER =
      new Maker(NOW, 6, Optional.of("iad"), Optional.of("p-2"), Set.of());

  private final StatusDocument whole = read(Documents.WHOLE_STATUS);

  @Test
  void nothingIsLostBetweenJsonAndDocument() {
    assertThat(whole.toJson().toPrettyString())
        .isEqualTo(Documents.json(Documents.WHOLE_STATUS).toPrettyString().replace(".5Z", ".500Z"));
    assertThat(StatusDocument.read(whole.toJson())).contains(whole);
  }

  @Test
  void everyFieldIsRead() {
    assertThat(whole.phase()).isEqualTo(Phase.ACTIVE);
    assertThat(whole.endpoint()).contains(new Published("10.1.2.3", 28080, "p-1", 7, false));
    assertThat(whole.stakes())
        .contains(
            Map.of("a.1", new Stake("1", 4, 3), "b.2", new Stake("2", 1, 0, Optional.of(DEAF))));
    assertThat(whole.toCore().endpoint()).contains(new Endpoint("10.1.2.3", 28080));
    assertThat(whole.toCore().active().reason()).isEqualTo(Condition.Reason.SERVING);
    assertThat(whole.toCore().failure().orElseThrow().count()).isEqualTo(2);
  }

  @Test
  void absentStakesAreNotNoStakes() {
    assertThat(read("{\"epoch\": 1}").stakes()).isEmpty();
    assertThat(read("{\"epoch\": 1}").isInitialised()).isFalse();
    assertThat(read("{\"epoch\": 1, \"stakes\": {}}").stakes()).contains(Map.of());
    assertThat(read("{\"epoch\": 1, \"stakes\": {}}").isInitialised()).isTrue();
    assertThat(StatusDocument.read(Documents.json("{}"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"phase\": 3, \"epoch\": \"x\", \"endpoint\": [], \"stakes\": 1, \"conditions\": {}}",
        "{\"phase\": \"Sleepy\", \"lastWake\": {\"time\": \"yesterday\", \"reason\": \"Upgrade\"}}",
        "{\"failure\": {\"reason\": \"Unlucky\"}, \"nextStopTime\": \"soon\", \"stakes\": null}",
      })
  void whatIsMalformedCountsAsAbsent(String status) {
    StatusDocument document = read(status);
    assertThat(document.phase()).isEqualTo(Phase.DORMANT);
    assertThat(document.isInitialised()).isFalse();
    assertThat(document.failure()).isEmpty();
    assertThat(document.lastWake()).isEmpty();
  }

  @Test
  void theCorePartIsReplacedAndTheRestStays() {
    ServiceStatus core = whole.toCore();
    StatusDocument next = whole.with(core, MAKER);
    assertThat(next.endpoint()).contains(new Published("10.1.2.3", 28080, "p-2", 7, false));
    assertThat(next.stakes()).isEqualTo(whole.stakes());
    assertThat(next.observedGeneration()).isEqualTo(6);
    assertThat(next.condition("ServiceConflict")).isEqualTo(whole.condition("ServiceConflict"));
    assertThat(next.toCore().active()).isEqualTo(core.active());
  }

  @Test
  void aConditionKeepsItsTransitionTimeUntilItsStatusChanges() {
    StatusDocument same = whole.with(whole.toCore(), MAKER);
    assertThat(same.condition(StatusDocument.READY).map(StatusCondition::lastTransitionTime))
        .isEqualTo(whole.condition(StatusDocument.READY).map(StatusCondition::lastTransitionTime));
    StatusDocument unknown = whole.with(ServiceStatus.initial(), MAKER);
    assertThat(unknown.condition(StatusDocument.READY).map(StatusCondition::lastTransitionTime))
        .contains(Instant.parse("2026-05-01T12:00:00Z"));
  }

  @Test
  void quietSinceIsNotTheOperatorsToChange() {
    StatusDocument quiet =
        read("{\"epoch\": 2, \"quietSince\": \"what an activator wrote\", \"stakes\": {}}");
    assertThat(quiet.with(ServiceStatus.initial(), MAKER).quietSince())
        .contains("what an activator wrote");
    assertThat(whole.with(whole.toCore(), MAKER).quietSince()).isEmpty();
  }

  @Test
  void resourceVersionsAreComparedAsNumbers() {
    assertThat(ServiceObject.compareVersions("9", "10")).isNegative();
    assertThat(ServiceObject.compareVersions("123456789012345678901", "99")).isPositive();
    assertThat(ServiceObject.compareVersions("10", "10")).isZero();
  }

  private static StatusDocument read(String status) {
    return StatusDocument.read(Documents.json(status)).orElseThrow();
  }

  @Test
  void conditionsAreListedReadyFirst() {
    assertThat(whole.with(whole.toCore(), MAKER).conditions())
        .extracting(StatusCondition::type)
        .isEqualTo(List.of("Ready", "Active", "ServiceConflict"));
  }

  @Test
  void theEndpointOfTheVersionBeforeIsReadToo() {
    var old = Documents.json(Documents.WHOLE_STATUS);
    var both = StatusDocument.read(old).orElseThrow();
    old.remove("endpoints");
    assertThat(StatusDocument.read(old).orElseThrow()).isEqualTo(both);
    assertThat(both.toJson().path("endpoint")).isEqualTo(both.toJson().at("/endpoints/0"));
  }

  /** An operator that was taken back to the version before does not know of the list. */
  @Test
  void whatTheVersionBeforeWroteLastCounts() {
    var status = Documents.json(Documents.WHOLE_STATUS);
    ((ObjectNode) status.get("endpoint")).put("address", "10.9.9.9");
    assertThat(StatusDocument.read(status).orElseThrow().endpoint())
        .contains(new Published("10.9.9.9", 28080, "p-1", 7, false));
    status.remove("endpoint");
    assertThat(StatusDocument.read(status).orElseThrow().endpoint())
        .as("the version after will write the list only")
        .contains(new Published("10.1.2.3", 28080, "p-1", 7, false));
    status.put("phase", "Waking");
    assertThat(StatusDocument.read(status).orElseThrow().endpoint())
        .as("the version before has taken the address back, and left the list")
        .isEmpty();
  }

  @Test
  void aPodThatIsBeingDeletedIsLeftWhileItsSuccessorIsAwaited() {
    var before = StatusDocument.read(Documents.json(Documents.WHOLE_STATUS)).orElseThrow();
    var maker = new Maker(NOW, 6, Optional.of("iad"), Optional.of("p-2"), Set.of("p-1"));
    var core = before.toCore();
    var left = before.with(core, maker);
    assertThat(left.endpoints())
        .containsExactly(
            new Published("10.1.2.3", 28080, "p-2", 7, false),
            new Published("10.1.2.3", 28080, "p-1", 7, true));
    assertThat(StatusDocument.read(left.toJson())).contains(left);
    assertThat(left.with(core, MAKER).endpoints()).as("it is gone").hasSize(1);
  }

  @Test
  void aTroubleIsAConditionAsLongAsItLastsAndThoseOfOthersStay() {
    var before = StatusDocument.read(Documents.json(Documents.WHOLE_STATUS)).orElseThrow();
    var routed =
        new ExtraCondition(ExtraCondition.Type.ROUTED, Condition.Status.TRUE, "Routed", "");
    var contested =
        ExtraCondition.trouble(ExtraCondition.Type.REPLICAS_CONTESTED, "OtherWriter", "two");
    var told = before.withMarks(List.of(routed, contested), NOW, 6);
    assertThat(types(told)).containsExactly("Ready", "Active", "Routed", "ReplicasContested");
    Instant later = NOW.plusSeconds(9);
    var more =
        ExtraCondition.trouble(ExtraCondition.Type.REPLICAS_CONTESTED, "OtherWriter", "three");
    var still = told.withMarks(List.of(routed, more), later, 7).condition("ReplicasContested");
    assertThat(still.orElseThrow().message()).isEqualTo("three");
    assertThat(still.orElseThrow().lastTransitionTime())
        .isEqualTo(told.condition("ReplicasContested").orElseThrow().lastTransitionTime());
    assertThat(types(told.withMarks(List.of(routed), later, 7)))
        .containsExactly("Ready", "Active", "Routed");
  }

  private static List<String> types(StatusDocument of) {
    return of.conditions().stream().map(StatusDocument.StatusCondition::type).toList();
  }
}
