package dev.dormouse.kubernetes.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.kubernetes.simulation.Documents;
import dev.dormouse.kubernetes.simulation.PatchEvaluator;
import dev.dormouse.kubernetes.status.StatusDocument.Maker;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each patch tests, and what it writes, by what becomes of a resource. */
class StatusPatchesTest {
  private static final ActivatorId ME = new ActivatorId("cable/a~1", "0123456789");
  private static final Maker MAKER =
      new Maker(Instant.EPOCH, 5, Optional.of("iad"), Optional.of("p-1"), Set.of());

  private final ObjectNode resource = Documents.resource(Documents.WHOLE_STATUS);
  private final ServiceObject read = ServiceObject.read(resource);
  private final StatusDocument status = read.status().orElseThrow();

  @Test
  void aStakeIsEnteredUnderAnEscapedKey() {
    ObjectNode after = apply(StatusPatches.stake(read, ME, new Stake("0123456789", 1, 0)));
    assertThat(after.at("/status/stakes").has("cable/a~1.01234567")).isTrue();
    assertThat(after.at("/status/stakes").size()).isEqualTo(3);
  }

  @Test
  void aStakeOfAnotherEpochIsRejected() {
    ((ObjectNode) resource.get("status")).put("epoch", 8);
    assertRejected(StatusPatches.stake(read, ME, new Stake("0123456789", 1, 0)));
  }

  @Test
  void aStakeIsRejectedWhileNobodyHasInitialisedTheStatus() {
    ((ObjectNode) resource.get("status")).remove("stakes");
    assertRejected(StatusPatches.stake(read, ME, new Stake("0123456789", 1, 0)));
  }

  @Test
  void anUnstakeRemovesTheVeryStakeAndSaysSinceWhen() {
    ObjectNode after = apply(StatusPatches.unstake(read, a("1"), new Stake("1", 4, 3), "since"));
    assertThat(after.at("/status/stakes").has("a.1")).isFalse();
    assertThat(after.at("/status/quietSince").asText()).isEqualTo("since");
    assertRejected(StatusPatches.unstake(read, a("1"), new Stake("1", 3, 3), "since"));
    assertRejected(StatusPatches.unstake(read, a("1"), new Stake("9", 4, 3), "since"));
  }

  @Test
  void anUnstakeDoesNotMindTheEpoch() {
    ((ObjectNode) resource.get("status")).put("epoch", 8);
    apply(StatusPatches.unstake(read, a("1"), new Stake("1", 4, 3), "since"));
  }

  @Test
  void aRefreshReplacesTheVeryStake() {
    var refresh = StatusPatches.refresh(read, a("1"), new Stake("1", 4, 3), new Stake("1", 5, 9));
    assertThat(apply(refresh).at("/status/stakes/a.1/connections").asInt()).isEqualTo(9);
    ((ObjectNode) resource.at("/status/stakes")).remove("a.1");
    assertRejected(refresh);
  }

  @Test
  void anIdleStopLosesAgainstAnyStake() {
    assertRejected(StatusPatches.idleStop(read, status));
    ((ObjectNode) resource.get("status")).putObject("stakes");
    apply(StatusPatches.idleStop(read, status));
  }

  /** Which has one address and no list of them, or, of the version after, the list only. */
  @ParameterizedTest
  @ValueSource(strings = {"endpoints", "endpoint"})
  void whatAnotherVersionHasPublishedIsTakenBackToo(String unknown) {
    ((ObjectNode) resource.get("status")).remove(unknown);
    ((ObjectNode) resource.get("status")).putObject("stakes");
    ServiceObject asWritten = ServiceObject.read(resource);
    StatusDocument known = asWritten.status().orElseThrow();
    StatusDocument stopping = known.with(ServiceStatus.initial(), MAKER);
    ObjectNode after = apply(StatusPatches.idleStop(asWritten, stopping));
    assertThat(after.at("/status/endpoint").isMissingNode()).isTrue();
    assertThat(after.at("/status/endpoints").isMissingNode()).isTrue();
  }

  @Test
  void anIdleStopLosesAgainstAnyChange() {
    ((ObjectNode) resource.get("status")).putObject("stakes");
    set("/metadata", "resourceVersion", "42");
    assertRejected(StatusPatches.idleStop(read, status));
  }

  @Test
  void aWriteNamesOnlyWhatChanged() {
    assertThat(StatusPatches.write(read, status)).isEmpty();
    var changed = status.with(ServiceStatus.initial(), MAKER);
    var patch = StatusPatches.write(read, changed).orElseThrow();
    assertThat(paths(patch)).noneMatch(path -> path.contains("stakes"));
    assertThat(paths(patch)).contains("/status/endpoint", "/status/phase");
    ObjectNode after = apply(patch);
    assertThat(after.at("/status/endpoint").isMissingNode()).isTrue();
    assertThat(StatusDocument.read(after.get("status"))).contains(changed);
  }

  @Test
  void anInitialisationReplacesEverything() {
    ObjectNode empty = Documents.resource("{}");
    empty.remove("status");
    var patch = StatusPatches.init(ServiceObject.read(empty), status);
    ObjectNode after = PatchEvaluator.apply(empty, patch.operations()).orElseThrow();
    assertThat(StatusDocument.read(after.get("status"))).contains(status);
  }

  @ParameterizedTest
  @MethodSource("everyPatch")
  void noPatchLandsOnAnotherObjectOfTheSameName(JsonPatch patch) {
    ((ObjectNode) resource.get("status")).putObject("stakes");
    set("/metadata", "uid", "u-2");
    assertThat(patch.operations().get(0).toString())
        .isEqualTo("{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u-1\"}");
    assertRejected(patch);
  }

  static Stream<JsonPatch> everyPatch() {
    var read = ServiceObject.read(Documents.resource(Documents.WHOLE_STATUS));
    var status = read.status().orElseThrow();
    var stake = new Stake("1", 4, 3);
    return Stream.of(
        StatusPatches.init(read, status),
        StatusPatches.stake(read, ME, stake),
        StatusPatches.refresh(read, a("1"), stake, stake),
        StatusPatches.unstake(read, a("1"), stake, "since"),
        StatusPatches.voidStake(read, "a.1", stake, "since"),
        StatusPatches.idleStop(read, status),
        StatusPatches.write(read, status.with(ServiceStatus.initial(), MAKER)).orElseThrow());
  }

  private static ActivatorId a(String session) {
    return new ActivatorId("a", session);
  }

  private static Stream<String> paths(JsonPatch patch) {
    return patch.operations().valueStream().map(it -> it.get("path").asText());
  }

  private void set(String parent, String field, String value) {
    ((ObjectNode) resource.at(parent)).put(field, value);
  }

  private ObjectNode apply(JsonPatch patch) {
    return PatchEvaluator.apply(resource, patch.operations()).orElseThrow();
  }

  private void assertRejected(JsonPatch patch) {
    assertThat(PatchEvaluator.apply(resource, patch.operations())).isEmpty();
  }
}
