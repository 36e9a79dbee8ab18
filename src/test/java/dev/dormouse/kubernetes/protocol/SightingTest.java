package dev.dormouse.kubernetes.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.kubernetes.protocol.Workloads.Pod;
import dev.dormouse.kubernetes.protocol.Workloads.View;
import dev.dormouse.testing.Specs;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table above {@link Sighting}, row by row. */
class SightingTest {
  private static final Instant T0 = Instant.parse("2026-05-01T12:00:00Z");
  private static final Instant T1 = T0.plusSeconds(1);
  private static final Instant T2 = T0.plusSeconds(2);
  private static final Optional<Endpoint> ADDRESS = Optional.of(new Endpoint("10.0.0.9", 28080));
  private static final ServiceSpec SPEC = Specs.onDemand().port(28080).build();

  private static final Pod PENDING = pod(Optional.empty(), Optional.empty(), Optional.empty());
  private static final Pod ADDRESSED = pod(Optional.of("10.0.0.9"), none(), none());
  private static final Pod RUNNING = pod(Optional.of("10.0.0.9"), Optional.of(T1), none());
  private static final Pod READY = pod(Optional.of("10.0.0.9"), Optional.of(T1), Optional.of(T2));

  @ParameterizedTest(name = "{0}, {1} replicas, {3}")
  @MethodSource("rows")
  void isSeenAs(String phase, int replicas, List<Pod> pods, Workload expected) {
    assertThat(sighting(phase, false, replicas, pods).workload()).isEqualTo(expected);
  }

  static Stream<Arguments> rows() {
    var starting = scheduling(none());
    var stopping = new Workload.Stopping(T0, StopReason.IDLE);
    return Stream.of(
        arguments("Dormant", 0, List.of(), new Workload.Absent()),
        arguments("Stopping", 0, List.of(), new Workload.Absent()),
        arguments("Draining", 0, List.of(), new Workload.Absent()),
        arguments("Stopping", 1, List.of(READY), stopping),
        arguments("Stopping", 0, List.of(deleted(READY)), stopping),
        arguments("Draining", 1, List.of(READY), new Workload.Draining(T0, StopReason.IDLE)),
        arguments("Active", 0, List.of(READY), stopping),
        arguments("Dormant", 1, List.of(), starting),
        arguments("Waking", 1, List.of(PENDING), starting),
        arguments("Waking", 1, List.of(ADDRESSED), scheduling(ADDRESS)),
        arguments("Waking", 1, List.of(deleted(READY)), starting),
        arguments("Waking", 1, List.of(RUNNING), startingAt(T1, ADDRESS)),
        arguments("Waking", 1, List.of(READY), new Workload.Ready(T2, "1", ADDRESS)),
        arguments("Active", 1, List.of(deleted(READY), RUNNING), startingAt(T1, ADDRESS)),
        arguments("Active", 1, List.of(outdated(READY)), new Workload.Ready(T2, "0", ADDRESS)));
  }

  @Test
  void connectionsProveThatAPodWithAnAddressServes() {
    assertThat(sighting("Waking", true, 1, List.of(RUNNING)).workload())
        .isEqualTo(new Workload.Ready(T1, "1", ADDRESS));
    assertThat(sighting("Waking", true, 1, List.of(PENDING)).workload())
        .isInstanceOf(Workload.Starting.class);
  }

  @Test
  void aDeclaredProbeKeepsTheAddressBackUntilThePodIsReady() {
    var spec = Specs.from(SPEC).probe("/up").build();
    var view = new View(Optional.of(new Scale("1", 1)), List.of(RUNNING));
    assertThat(new Sighting(status("Waking", false), view, spec, moments(0), T2).workload())
        .isEqualTo(startingAt(T1, Optional.empty()));
  }

  @Test
  void aPodThatWasReadyHasTheStartupTimeoutToBeSoAgain() {
    var view = new View(Optional.of(new Scale("1", 1)), List.of(RUNNING));
    var unready =
        new Sighting.Moments(T0, Optional.of(T0.plusSeconds(90)), T0, StopReason.IDLE, 0, none());
    assertThat(new Sighting(status("Active", false), view, SPEC, unready, T2).workload())
        .isEqualTo(startingAt(T0.plusSeconds(90), ADDRESS));
  }

  @Test
  void aFailureIsRememberedWhereNothingRuns() {
    var document = StatusDocument.read(Documents.json(Documents.WHOLE_STATUS)).orElseThrow();
    var view = new View(Optional.of(new Scale("1", 0)), List.of());
    assertThat(new Sighting(document, view, SPEC, moments(0), T2).workload())
        .isEqualTo(new Workload.Failed(document.failure().orElseThrow()));
  }

  @ParameterizedTest(name = "{0} {2}")
  @MethodSource("troubles")
  void whatWillNotGetReadyHasFailed(String phase, Pod pod, Optional<FailureReason> expected) {
    assertThat(trouble(sighting(phase, false, 1, List.of(pod)))).isEqualTo(expected);
  }

  static Stream<Arguments> troubles() {
    return Stream.of(
        arguments("Waking", RUNNING, Optional.empty()),
        arguments("Waking", restarted(RUNNING), Optional.of(FailureReason.EXITED)),
        arguments("Active", restarted(RUNNING), Optional.of(FailureReason.CRASHED)),
        arguments("Active", restarted(READY), Optional.empty()),
        arguments("Stopping", restarted(RUNNING), Optional.empty()),
        arguments("Waking", in(PENDING, "ImagePullBackOff"), spawnFailed()),
        arguments("Waking", in(PENDING, "ErrImagePull"), spawnFailed()),
        arguments("Waking", in(PENDING, "CreateContainerConfigError"), spawnFailed()),
        arguments("Waking", in(PENDING, "CrashLoopBackOff"), spawnFailed()),
        arguments("Waking", in(PENDING, "ContainerCreating"), Optional.empty()),
        arguments("Waking", in(PENDING, "0/3 nodes are available"), Optional.empty()));
  }

  @Test
  void whatRestartedBeforeItWasLastReadyIsNotHeldAgainstIt() {
    var view = new View(Optional.of(new Scale("1", 1)), List.of(restarted(RUNNING)));
    assertThat(trouble(new Sighting(status("Active", false), view, SPEC, moments(1), T2)))
        .isEmpty();
  }

  @Test
  void whatIsSaidToBeDeafHasFailedUnlessSomebodyContradictsInTime() {
    var view = new View(Optional.of(new Scale("1", 1)), List.of(READY));
    var said = new Sighting.Moments(T0, Optional.empty(), T0, StopReason.IDLE, 0, Optional.of(T0));
    var status = status("Active", false);
    Instant late = T0.plus(Sighting.CONTRADICTION);
    assertThat(trouble(new Sighting(status, view, SPEC, said, late.minusNanos(1)))).isEmpty();
    assertThat(trouble(new Sighting(status, view, SPEC, said, late))).contains(FailureReason.DEAF);
  }

  @Test
  void onlyThePodThatAStakeNamesIsSaidToBeDeafAndOnlyWithoutConnections() {
    String told = "{\"stakes\": {\"a.1\": {\"session\": \"1\", \"seq\": 1, \"deaf\": \"p\"},";
    var quiet = status(told + " \"b.2\": {\"session\": \"2\", \"seq\": 1}}}");
    var served = status(told + " \"b.2\": {\"session\": \"2\", \"seq\": 1, \"connections\": 1}}}");
    assertThat(quiet.isSaidToBeDeaf("p")).isTrue();
    assertThat(quiet.isSaidToBeDeaf("p-2")).isFalse();
    assertThat(served.isSaidToBeDeaf("p")).isFalse();
  }

  private static Sighting sighting(String phase, boolean connected, int replicas, List<Pod> pods) {
    var view = new View(Optional.of(new Scale("1", replicas)), pods);
    return new Sighting(status(phase, connected), view, SPEC, moments(0), T2);
  }

  private static Sighting.Moments moments(int restartsBefore) {
    return new Sighting.Moments(T0, none(), T0, StopReason.IDLE, restartsBefore, none());
  }

  private static StatusDocument status(String phase, boolean connected) {
    String stakes =
        connected ? "{\"a.1\": {\"session\": \"1\", \"seq\": 1, \"connections\": 2}}" : "{}";
    return status("{\"phase\": \"" + phase + "\", \"epoch\": 3, \"stakes\": " + stakes + "}");
  }

  private static StatusDocument status(String json) {
    return StatusDocument.read(Documents.json(json)).orElseThrow();
  }

  private static Optional<FailureReason> spawnFailed() {
    return Optional.of(FailureReason.SPAWN_FAILED);
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  private static Pod pod(Optional<String> ip, Optional<Instant> running, Optional<Instant> ready) {
    return new Pod("p", ip, T0, running, ready, 0, Optional.empty(), false, Optional.of("1"));
  }

  private static Pod deleted(Pod of) {
    return new Pod(
        of.uid() + "-old",
        of.ip(),
        of.created(),
        of.running(),
        of.ready(),
        0,
        Optional.empty(),
        true,
        of.revision());
  }

  private static Pod outdated(Pod of) {
    return new Pod(
        of.uid(),
        of.ip(),
        of.created(),
        of.running(),
        of.ready(),
        0,
        Optional.empty(),
        false,
        Optional.of("0"));
  }

  private static Pod restarted(Pod of) {
    return new Pod(
        of.uid(),
        of.ip(),
        of.created(),
        of.running(),
        of.ready(),
        1,
        Optional.empty(),
        false,
        of.revision());
  }

  private static Pod in(Pod of, String trouble) {
    return new Pod(
        of.uid(),
        of.ip(),
        of.created(),
        of.running(),
        of.ready(),
        0,
        Optional.of(new Workloads.Cause(trouble, "")),
        false,
        of.revision());
  }

  /** Its deadline is that of scheduling. */
  private static Workload scheduling(Optional<Endpoint> endpoint) {
    return new Workload.Starting(T0, T0.plus(SPEC.startup().scheduling()), "1", endpoint);
  }

  private static Workload startingAt(Instant since, Optional<Endpoint> endpoint) {
    return new Workload.Starting(since, since.plus(SPEC.startup().timeout()), "1", endpoint);
  }

  private static Optional<FailureReason> trouble(Sighting sighting) {
    return sighting.workload() instanceof Workload.Broken broken
        ? Optional.of(broken.reason())
        : Optional.empty();
  }
}
