package dev.dormouse.kubernetes.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.kubernetes.pass.Workloads.Pod;
import dev.dormouse.kubernetes.pass.Workloads.View;
import dev.dormouse.kubernetes.simulation.Documents;
import dev.dormouse.kubernetes.status.Stake;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table above {@link ObservedWorkload}, row by row. */
class ObservedWorkloadTest {
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
        arguments("Stopping", 0, List.of(over(READY)), new Workload.Absent()),
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
  void connectionsToAPodThatIsBeingDeletedProveNothingOfTheNext() {
    assertThat(sighting("Active", true, 1, List.of(deleted(READY), RUNNING)).workload())
        .isInstanceOf(Workload.Starting.class);
  }

  /** Its other containers keep it from being Ready; who was connected may come back. */
  @Test
  void aRunThatHadConnectionsServesOnWithoutThemUnlessItWasReadyAndIsNotAnyMore() {
    var served = new ObservedWorkload.Run(0, 0);
    assertThat(seen(status("Active", false), RUNNING, served, none()))
        .isInstanceOf(Workload.Ready.class);
    assertThat(seen(status("Active", false), restarted(RUNNING), served, none()))
        .as("another run")
        .isInstanceOf(Workload.Starting.class);
    assertThat(seen(status("Active", false), RUNNING, served, Optional.of(T1)))
        .isInstanceOf(Workload.Starting.class);
    assertThat(seen(staked(), RUNNING, served, Optional.of(T1)))
        .as("somebody is expected back")
        .isInstanceOf(Workload.Ready.class);
  }

  @Test
  void thePromiseOfAStakeIsWaitedForBeforeAStartIsGivenUp() {
    assertThat(seen(staked(), RUNNING, ObservedWorkload.Run.NONE, none()))
        .isEqualTo(
            new Workload.Starting(
                T1,
                T1.plus(SPEC.startup().timeout()).plus(ObservedWorkload.LATENESS),
                "1",
                ADDRESS));
    assertThat(ObservedWorkload.LATENESS).isGreaterThan(Stake.REFRESH);
  }

  @Test
  void ofPodsThatAreAlikeTheOneThatIsDialledCounts() {
    Pod younger = named(READY, "q");
    var status =
        status(
            """
            {"phase": "Active", "epoch": 3, "stakes": {},
             "endpoints": [{"address": "10.0.0.9", "port": 1, "podUID": "p", "epoch": 3}]}
            """);
    var view = new View(Optional.of(new Scale("1", 2)), List.of(READY, younger));
    assertThat(ObservedWorkload.pod(view, status)).contains(READY);
    assertThat(ObservedWorkload.pod(view, status("Active", false))).contains(younger);
  }

  @Test
  void whatCannotBeSeenIsNeitherThereNorGone() {
    var view = View.unknown("its pods are not known yet");
    assertThat(
            new ObservedWorkload(
                    status("Active", true), view, SPEC, moments(ObservedWorkload.Run.NONE), T2)
                .workload())
        .isEqualTo(new Workload.Unknown("its pods are not known yet"));
  }

  /** A pod that nobody was connected to sleeps before it ends, in case somebody were. */
  @Test
  void aSuccessorNeedNotWaitForAPodThatWasIdle() {
    var view =
        new View(Optional.of(new Scale("1", 0)), List.of(deleted(READY)), none(), true, none());
    assertThat(stopped(view, "Stopping", StopReason.IDLE)).isInstanceOf(Workload.Absent.class);
    assertThat(stopped(view, "Dormant", StopReason.OUTDATED)).isInstanceOf(Workload.Absent.class);
    assertThat(stopped(view, "Stopping", StopReason.OUTDATED))
        .isInstanceOf(Workload.Stopping.class);
    assertThat(stopped(view, "Active", StopReason.IDLE)).isInstanceOf(Workload.Stopping.class);
    var alone = new View(view.scale(), view.pods());
    assertThat(stopped(alone, "Stopping", StopReason.IDLE)).isInstanceOf(Workload.Stopping.class);
  }

  private static Workload stopped(View view, String phase, StopReason reason) {
    var moments =
        new ObservedWorkload.Moments(
            T0, none(), T0, reason, ObservedWorkload.Run.NONE, none(), none());
    return new ObservedWorkload(status(phase, false), view, SPEC, moments, T2).workload();
  }

  private static Workload seen(
      StatusDocument status, Pod pod, ObservedWorkload.Run run, Optional<Instant> unready) {
    var view = new View(Optional.of(new Scale("1", 1)), List.of(pod));
    var moments =
        new ObservedWorkload.Moments(T0, unready, T0, StopReason.IDLE, run, none(), none());
    return new ObservedWorkload(status, view, SPEC, moments, T2).workload();
  }

  private static StatusDocument staked() {
    return status(
        "{\"phase\": \"Active\", \"epoch\": 3,"
            + " \"stakes\": {\"a.1\": {\"session\": \"1\", \"seq\": 1}}}");
  }

  @Test
  void aDeclaredProbeKeepsTheAddressBackUntilThePodIsReady() {
    var spec = Specs.from(SPEC).probe("/up").build();
    var view = new View(Optional.of(new Scale("1", 1)), List.of(RUNNING));
    assertThat(
            new ObservedWorkload(
                    status("Waking", false), view, spec, moments(ObservedWorkload.Run.NONE), T2)
                .workload())
        .isEqualTo(startingAt(T1, Optional.empty()));
  }

  @Test
  void aPodThatWasReadyHasTheStartupTimeoutToBeSoAgain() {
    var view = new View(Optional.of(new Scale("1", 1)), List.of(RUNNING));
    var unready =
        new ObservedWorkload.Moments(
            T0,
            Optional.of(T0.plusSeconds(90)),
            T0,
            StopReason.IDLE,
            new ObservedWorkload.Run(0, -1),
            none(),
            none());
    assertThat(new ObservedWorkload(status("Active", false), view, SPEC, unready, T2).workload())
        .isEqualTo(startingAt(T0.plusSeconds(90), ADDRESS));
  }

  @Test
  void aFailureIsRememberedWhereNothingRuns() {
    var document = StatusDocument.read(Documents.json(Documents.WHOLE_STATUS)).orElseThrow();
    var view = new View(Optional.of(new Scale("1", 0)), List.of());
    assertThat(
            new ObservedWorkload(document, view, SPEC, moments(ObservedWorkload.Run.NONE), T2)
                .workload())
        .isEqualTo(new Workload.Failed(document.failure().orElseThrow()));
  }

  /** What more there is to this stands in the table of what pods mean. */
  @Test
  void whatWillNotGetReadyHasFailed() {
    assertThat(broken("Waking", RUNNING)).isEmpty();
    assertThat(broken("Waking", restarted(RUNNING))).contains(FailureReason.EXITED);
    assertThat(broken("Stopping", restarted(RUNNING))).isEmpty();
    assertThat(broken("Waking", in(PENDING, Workloads.Weight.BLOCKED)))
        .contains(FailureReason.SPAWN_FAILED);
    assertThat(broken("Waking", in(PENDING, Workloads.Weight.WAITS))).isEmpty();
    assertThat(broken("Waking", in(RUNNING, Workloads.Weight.ASIDE))).isEmpty();
  }

  private static Optional<FailureReason> broken(String phase, Pod pod) {
    return trouble(sighting(phase, false, 1, List.of(pod)));
  }

  @Test
  void whatRestartedBeforeItLastServedIsNotHeldAgainstIt() {
    var view = new View(Optional.of(new Scale("1", 1)), List.of(restarted(RUNNING)));
    var served = new ObservedWorkload.Run(1, -1);
    assertThat(
            trouble(new ObservedWorkload(status("Active", false), view, SPEC, moments(served), T2)))
        .isEmpty();
  }

  @Test
  void whatIsSaidToBeDeafHasFailedUnlessSomebodyContradictsInTime() {
    assertThat(complained(FailureReason.DEAF, READY, -1, Duration.ofNanos(-1))).isEmpty();
    assertThat(complained(FailureReason.DEAF, READY, -1, Duration.ZERO))
        .contains(FailureReason.DEAF);
  }

  /** A pod without a probe is Ready as soon as its container runs. */
  @Test
  void whatRefusesHasFailedIfItHasServedOrHadItsTimeToBoot() {
    Duration booting = SPEC.startup().timeout().minus(ObservedWorkload.CONTRADICTION);
    assertThat(complained(FailureReason.UNREACHABLE, READY, -1, Duration.ZERO)).isEmpty();
    assertThat(complained(FailureReason.UNREACHABLE, READY, -1, booting.plusSeconds(1)))
        .contains(FailureReason.UNREACHABLE);
    assertThat(complained(FailureReason.UNREACHABLE, READY, 0, Duration.ZERO))
        .contains(FailureReason.UNREACHABLE);
  }

  private static Optional<FailureReason> complained(
      FailureReason what, Pod pod, int connected, Duration late) {
    var said = Optional.of(new ObservedWorkload.Complaint(what, T0));
    var run = new ObservedWorkload.Run(0, connected);
    var moments = new ObservedWorkload.Moments(T0, none(), T0, StopReason.IDLE, run, none(), said);
    var view = new View(Optional.of(new Scale("1", 1)), List.of(pod));
    Instant now = T0.plus(ObservedWorkload.CONTRADICTION).plus(late);
    return trouble(new ObservedWorkload(status("Active", false), view, SPEC, moments, now));
  }

  @Test
  void onlyThePodThatAStakeNamesIsSaidToBeDeafAndOnlyWithoutConnections() {
    String told = "{\"stakes\": {\"a.1\": {\"session\": \"1\", \"seq\": 1, \"deaf\": \"p\"},";
    var quiet = status(told + " \"b.2\": {\"session\": \"2\", \"seq\": 1}}}");
    var served = status(told + " \"b.2\": {\"session\": \"2\", \"seq\": 1, \"connections\": 1}}}");
    assertThat(quiet.complaint("p")).contains(FailureReason.DEAF);
    assertThat(quiet.complaint("p-2")).isEmpty();
    assertThat(served.complaint("p")).isEmpty();
  }

  private static ObservedWorkload sighting(
      String phase, boolean connected, int replicas, List<Pod> pods) {
    var view = new View(Optional.of(new Scale("1", replicas)), pods);
    return new ObservedWorkload(
        status(phase, connected), view, SPEC, moments(ObservedWorkload.Run.NONE), T2);
  }

  private static ObservedWorkload.Moments moments(ObservedWorkload.Run run) {
    return new ObservedWorkload.Moments(T0, none(), T0, StopReason.IDLE, run, none(), none());
  }

  private static StatusDocument status(String phase, boolean connected) {
    String stakes =
        connected ? "{\"a.1\": {\"session\": \"1\", \"seq\": 1, \"connections\": 2}}" : "{}";
    return status("{\"phase\": \"" + phase + "\", \"epoch\": 3, \"stakes\": " + stakes + "}");
  }

  private static StatusDocument status(String json) {
    return StatusDocument.read(Documents.json(json)).orElseThrow();
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  private static Pod pod(Optional<String> ip, Optional<Instant> running, Optional<Instant> ready) {
    return new Pod(
        "p", "p", ip, T0, running, ready, 0, none(), none(), none(), false, Optional.of("1"));
  }

  private static Pod named(Pod of, String uid) {
    return copy(of, uid, 0, none(), none(), false, of.revision());
  }

  private static Pod deleted(Pod of) {
    return copy(of, of.uid() + "-old", 0, none(), none(), true, of.revision());
  }

  private static Pod over(Pod of) {
    var end = new Workloads.End(new Workloads.Cause("Evicted", "disk"), true);
    return copy(of, of.uid(), 0, none(), Optional.of(end), false, of.revision());
  }

  private static Pod outdated(Pod of) {
    return copy(of, of.uid(), 0, none(), none(), false, Optional.of("0"));
  }

  private static Pod restarted(Pod of) {
    return copy(of, of.uid(), 1, none(), none(), false, of.revision());
  }

  private static Pod in(Pod of, Workloads.Weight weight) {
    var trouble = new Workloads.Trouble(weight, "it cannot", new Workloads.Cause("Word", ""));
    return copy(of, of.uid(), 0, Optional.of(trouble), none(), false, of.revision());
  }

  private static Pod copy(
      Pod of,
      String uid,
      int restarts,
      Optional<Workloads.Trouble> trouble,
      Optional<Workloads.End> end,
      boolean deleted,
      Optional<String> revision) {
    return new Pod(
        uid,
        uid,
        of.ip(),
        of.created(),
        of.running(),
        of.ready(),
        restarts,
        none(),
        trouble,
        end,
        deleted,
        revision);
  }

  /** Its deadline is that of scheduling. */
  private static Workload scheduling(Optional<Endpoint> endpoint) {
    return new Workload.Starting(T0, T0.plus(SPEC.startup().scheduling()), "1", endpoint);
  }

  private static Workload startingAt(Instant since, Optional<Endpoint> endpoint) {
    return new Workload.Starting(since, since.plus(SPEC.startup().timeout()), "1", endpoint);
  }

  private static Optional<FailureReason> trouble(ObservedWorkload sighting) {
    return sighting.workload() instanceof Workload.Broken broken
        ? Optional.of(broken.reason())
        : Optional.empty();
  }
}
