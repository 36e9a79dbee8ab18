package dev.dormouse.local.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.StopSignal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.local.ProcessRig;
import dev.dormouse.local.Programs;
import dev.dormouse.local.state.SavedState;
import dev.dormouse.local.state.StateFiles;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One driver after another over one state directory, with real processes. */
class AdoptionIT {
  @TempDir Path dir;
  private ProcessRig rig;
  private final List<Process> strangers = new ArrayList<>();

  /** In the arguments of processes that a test starts, to find those of them that got away. */
  private final String word = "w" + UUID.randomUUID();

  private final Specs server = Programs.perl("# " + word + "\n" + Programs.SERVER);

  @BeforeEach
  void begin() {
    rig = new ProcessRig(dir, Map.of());
  }

  @AfterEach
  void end() throws Exception {
    rig.close();
    for (Process stranger : strangers) {
      stranger.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
    Awaitility.await().untilAsserted(() -> assertThat(rig.running(word)).isEmpty());
    assertThat(Files.exists(memory()) ? Files.readString(memory()) : "").doesNotContain("pid");
  }

  @Test
  @Tag("D32")
  void aServerThatAnswersIsAdoptedReadyAndStopsAsAnyOther() throws IOException {
    rig.start(server);
    var before = rig.await(Workload.Ready.class);
    long pid = rig.pid();
    restart(server);
    var after = (Workload.Ready) rig.now();
    assertThat(after.endpoint()).isEqualTo(before.endpoint());
    assertThat(after.revision()).isEqualTo(before.revision());
    assertThat(after.since()).isAfter(before.since());
    assertThat(rig.pid()).isEqualTo(pid);
    rig.start(server);
    assertThat(rig.running(word)).containsExactly(pid);
    int port = after.endpoint().orElseThrow().port();
    try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      assertThat(socket.isConnected()).isTrue();
    }
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  @Tag("D32")
  void aServerThatStillBootsIsAdoptedAndBecomesReady() throws IOException {
    Path go = dir.resolve("go");
    String wait = "\nselect(undef, undef, undef, 0.05) until -e '" + go + "'; ";
    Specs slow = Programs.perl("# " + word + wait + Programs.SERVER);
    rig.start(slow);
    long pid = rig.pid();
    restart(slow);
    assertThat(rig.now()).isInstanceOf(Workload.Starting.class);
    Files.createFile(go);
    rig.await(Workload.Ready.class);
    assertThat(rig.running(word)).containsExactly(pid);
  }

  @Test
  void anAdoptedWorkloadWithoutAPortIsReady() {
    Specs sleeper = Programs.sh(": " + word + "; while :; do sleep 1; done").withoutPort();
    rig.start(sleeper);
    rig.await(Workload.Ready.class);
    restart(sleeper);
    assertThat(rig.now()).isInstanceOf(Workload.Ready.class);
  }

  @Test
  void anAdoptedWorkloadsOutputIsFollowedAndWhatItSaidBeforeIsRemembered() {
    Specs talker =
        Programs.perl(
            "# "
                + word
                + "\n$| = 1; print qq(first\\n); $SIG{USR1} = sub { print qq(second\\n) };"
                + Programs.SERVER);
    rig.start(talker);
    rig.await(Workload.Ready.class);
    rig.awaitOutput("first");
    restart(talker);
    assertThat(rig.driver.tail(ProcessRig.CABLE)).containsExactly("first");
    ProcessRig.signal(rig.pid(), "USR1");
    rig.awaitOutput("second");
  }

  @Test
  @Tag("D10")
  void theDeathOfAnAdoptedWorkloadIsNoticedAndTakesItsChildrenAlong() {
    Specs parent = Programs.sh("sleep 1000 & : " + word + "; perl -e '" + Programs.SERVER + "'; :");
    rig.start(parent);
    rig.await(Workload.Ready.class);
    restart(parent);
    assertThat(rig.now()).isInstanceOf(Workload.Ready.class);
    ProcessRig.signal(rig.pid(), "KILL");
    Failure failure = rig.awaitFailure();
    assertThat(failure.reason()).isEqualTo(FailureReason.CRASHED);
    assertThat(failure.message()).startsWith("ended while it served");
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  @Tag("D13")
  void anAdoptedWorkloadThatIgnoresTermIsDeadAfterTheGracePeriod() {
    Specs stubborn = Programs.perl("# " + word + "\n$SIG{TERM} = 'IGNORE'; " + Programs.SERVER);
    rig.start(stubborn);
    rig.await(Workload.Ready.class);
    restart(stubborn);
    Instant start = rig.clock.instant();
    rig.stop(stubborn, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.since(start)).isGreaterThanOrEqualTo(Duration.ofMillis(400));
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  @Tag("D32")
  void aStopThatWasUnderWayIsCompleted() {
    Specs stubborn =
        Programs.perl("# " + word + "\n$SIG{TERM} = 'IGNORE'; " + Programs.SERVER)
            .gracePeriod(Duration.ofMillis(700));
    rig.start(stubborn);
    rig.await(Workload.Ready.class);
    rig.stop(stubborn, StopReason.IDLE);
    restart(stubborn);
    assertThat(rig.now()).isInstanceOf(Workload.Stopping.class);
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  @Tag("D32")
  void betweenForkAndFileTheMarkTellsWhoseItIs() throws IOException {
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.crash();
    Files.delete(memory());
    next(Map.of(ProcessRig.CABLE, server.build()));
    assertThat(rig.now()).isInstanceOf(Workload.Stopping.class);
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  @Tag("D28")
  void whatIsLeftIsFoundByItsOutputIfItHidesItsEnvironment() throws IOException {
    Specs hidden = hidden();
    rig.start(hidden);
    rig.await(Workload.Ready.class);
    rig.crash();
    Files.delete(memory());
    next(Map.of(ProcessRig.CABLE, hidden.build()));
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  @Tag("D32")
  void whatHidesItsEnvironmentIsAdoptedThoughItsOutputFileWasDeleted() throws IOException {
    Specs hidden = hidden();
    rig.start(hidden);
    rig.await(Workload.Ready.class);
    long pid = rig.pid();
    Files.delete(dir.resolve("cable.log"));
    restart(hidden);
    assertThat(rig.now()).isInstanceOf(Workload.Ready.class);
    assertThat(rig.pid()).isEqualTo(pid);
  }

  /** As Redis, which writes its title over its environment. */
  private Specs hidden() {
    return Programs.sh(
        "exec env -i HOST=$HOST PORT=$PORT perl -e '# " + word + "\n" + Programs.SERVER + "'");
  }

  @Test
  @Tag("D28")
  void theDescendantsOfALeaderThatDiedMeanwhileAreRemoved() throws IOException {
    String daemon = "use POSIX; exit if fork; POSIX::setsid(); exit if fork; sleep 1000; # " + word;
    Specs parent =
        Programs.sh(
            "sh -c 'sleep 1000; : W' & perl -e 'DAEMON' & perl -e 'SERVER'; :"
                .replace("DAEMON", daemon)
                .replace("W'", word + "'")
                .replace("SERVER", Programs.SERVER));
    rig.start(parent);
    rig.await(Workload.Ready.class);
    long pid = rig.pid();
    rig.crash();
    ProcessRig.signal(pid, "KILL");
    Awaitility.await().until(() -> rig.proc.stat(pid).isEmpty());
    assertThat(rig.running(word)).hasSize(2);
    next(Map.of(ProcessRig.CABLE, parent.build()));
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  void aServiceThatIsNotDeclaredAnyMoreIsStoppedWithItsGracePeriod() throws IOException {
    Specs polite =
        Programs.perl(
                "# "
                    + word
                    + "\n$| = 1; $SIG{TERM} = sub { select(undef, undef, undef, 0.3);"
                    + " print qq(done\\n); exit 0 }; "
                    + Programs.SERVER)
            .gracePeriod(Duration.ofSeconds(5));
    rig.start(polite);
    rig.await(Workload.Ready.class);
    rig.crash();
    next(Map.of());
    assertThat(rig.onControl(rig.driver::isAtRest)).isFalse();
    rig.await(Workload.Absent.class);
    assertThat(rig.onControl(rig.driver::isAtRest)).isTrue();
    assertThat(rig.driver.tail(ProcessRig.CABLE)).containsExactly("done");
  }

  @Test
  void anOutdatedWorkloadKeepsItsRevisionSoThatItIsReplaced() {
    rig.start(server);
    rig.await(Workload.Ready.class);
    Specs changed = revised();
    restart(changed);
    assertThat(((Workload.Ready) rig.now()).revision()).isEqualTo("1");
    rig.stop(changed, StopReason.OUTDATED);
    rig.await(Workload.Absent.class);
  }

  @Test
  void aStrangerUnderARecycledPidIsLeftAlone() throws IOException {
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    Process stranger = stranger("sleep", "1000");
    long ticks = rig.proc.stat(stranger.pid()).orElseThrow().startTicks();
    for (long claimed : new long[] {ticks - 1000, ticks}) {
      rig.crash();
      write(stranger.pid(), claimed, rig.proc.bootId());
      next(Map.of(ProcessRig.CABLE, server.build()));
      assertThat(rig.now()).isEqualTo(new Workload.Absent());
      assertThat(memory()).doesNotExist();
      assertThat(stranger.isAlive()).isTrue();
    }
  }

  @Test
  void anotherBootsStateFileSaysNothing() throws IOException {
    rig.start(server);
    rig.await(Workload.Ready.class);
    long pid = rig.pid();
    rig.crash();
    edit(text -> text.replace(rig.proc.bootId(), "another"));
    next(Map.of(ProcessRig.CABLE, server.build()));
    rig.await(Workload.Absent.class);
    assertThat(rig.proc.stat(pid)).as("found by its mark").isEmpty();
  }

  @Test
  void aStateFileThatIsCutOffIsIgnoredAndWhatRunsIsFoundByItsMark() throws IOException {
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.crash();
    edit(text -> text.substring(0, text.length() / 2));
    next(Map.of(ProcessRig.CABLE, server.build()));
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
    rig.start(server);
    rig.await(Workload.Ready.class);
  }

  @Test
  void anotherStateDirectorysProcessesAreStrangers(@TempDir Path other) throws IOException {
    rig.start(server);
    rig.await(Workload.Ready.class);
    long pid = rig.pid();
    try (ProcessRig neighbour = new ProcessRig(other, Map.of())) {
      neighbour.adopt(Map.of(ProcessRig.CABLE, server.build()));
      assertThat(neighbour.now()).isEqualTo(new Workload.Absent());
    }
    assertThat(rig.running(word)).containsExactly(pid);
  }

  @Test
  void aServiceOfAnotherNamespaceHasAFileOfItsOwn() {
    var shop = new ServiceId("shop", "cable");
    var files = StateFiles.of(dir);
    assertThat(files.memory(shop)).isNotEqualTo(files.memory(ProcessRig.CABLE));
    assertThat(files.ofOutput(files.output(shop))).contains(shop);
    assertThat(files.ofOutput(files.output(ProcessRig.CABLE))).contains(ProcessRig.CABLE);
    assertThat(files.ofMarker(files.markerValue(shop))).contains(shop);
  }

  @Test
  void theBackOffOutlivesDormouseButNotAChangedDefinition() throws IOException {
    Specs broken = Programs.sh("echo 'no such gem'; exit 1");
    rig.start(broken);
    rig.awaitFailure();
    rig.start(broken);
    Awaitility.await().until(() -> rig.awaitFailure().count() == 2);
    Failure before = rig.awaitFailure();
    restart(broken);
    assertThat(((Workload.Failed) rig.now()).failure()).isEqualTo(before);
    rig.start(broken);
    Awaitility.await().until(() -> rig.awaitFailure().count() == 3);
    rig.crash();
    next(Map.of(ProcessRig.CABLE, revised().build()));
    assertThat(rig.now()).isEqualTo(new Workload.Absent());
  }

  @Test
  @Tag("D11")
  void killsOfDormouseAtAnyMomentLeaveOneProcessOrNone() {
    for (int i = 0; i < 30; i++) {
      rig.start(server);
      if (i % 3 == 0) {
        rig.await(Workload.Ready.class);
      }
      if (i % 4 == 0) {
        rig.stop(server, StopReason.IDLE);
      }
      restart(server);
      rig.start(server);
      assertThat(rig.running(word)).hasSizeLessThanOrEqualTo(1);
      if (i % 2 == 0) {
        rig.stop(server, StopReason.IDLE);
        rig.await(Workload.Absent.class);
        assertThat(rig.running(word)).isEmpty();
      }
    }
  }

  @Test
  void aDiskThatCannotBeWrittenStopsNothingAndIsTriedAgain() throws IOException {
    Path obstacle = Files.createDirectories(dir.resolve("cable.json.tmp/x"));
    rig.start(server);
    rig.await(Workload.Ready.class);
    assertThat(memory()).doesNotExist();
    Files.delete(obstacle);
    Files.delete(obstacle.getParent());
    Awaitility.await().untilAsserted(() -> assertThat(memory()).exists());
    long pid = rig.pid();
    restart(server);
    assertThat(rig.pid()).isEqualTo(pid);
  }

  private Specs revised() {
    return server.revision("2");
  }

  private Path memory() {
    return dir.resolve("cable.json");
  }

  /** Dormouse dies at once and is started again. */
  private void restart(Specs specs) {
    rig.crash();
    next(Map.of(ProcessRig.CABLE, specs.build()));
  }

  private void next(Map<ServiceId, ServiceSpec> specs) {
    rig = new ProcessRig(dir, Map.of());
    rig.adopt(specs);
  }

  private void edit(UnaryOperator<String> change) throws IOException {
    Files.writeString(memory(), change.apply(Files.readString(memory())));
  }

  private void write(long pid, long ticks, String bootId) throws IOException {
    var traces =
        new SavedState.Traces(
            pid,
            ticks,
            Optional.empty(),
            StopSignal.TERM,
            Duration.ZERO,
            false,
            Optional.empty(),
            false);
    var memory =
        new SavedState(ProcessRig.CABLE, bootId, "1", Optional.of(traces), Optional.empty());
    Files.writeString(memory(), memory.toJson());
  }

  private Process stranger(String... command) throws IOException {
    Process process = new ProcessBuilder(command).start();
    strangers.add(process);
    return process;
  }
}
