package dev.dormouse.local.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dormouse.core.Action;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceSpec.StopSignal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.local.ProcessRig;
import dev.dormouse.local.Programs;
import dev.dormouse.local.process.Output;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.testing.FreePort;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver with real processes. Tests carry the id of the defect that they provoke. */
class LocalDriverIT {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @TempDir Path dir;
  private ProcessRig rig;

  /** In the arguments of processes that a test starts, to find those of them that got away. */
  private final String word = "w" + UUID.randomUUID();

  @BeforeEach
  void begin() {
    rig =
        new ProcessRig(
            dir, Map.of("PORT", "1", "PIDFILE", "/x", "DORMOUSE_TEST", "1", "KEPT", "yes"));
  }

  @AfterEach
  void end() throws IOException {
    rig.close();
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  void aServerIsReadyAtItsPortAsTheLeaderOfItsOwnSession() throws IOException {
    Specs server = Programs.perl(Programs.SERVER);
    rig.start(server);
    assertThat(rig.now()).isInstanceOf(Workload.Starting.class);
    var ready = rig.await(Workload.Ready.class);
    try (var socket = new Socket(LOOPBACK, ready.endpoint().orElseThrow().port())) {
      assertThat(socket.isConnected()).isTrue();
    }
    long pid = rig.pid();
    ProcFs.Stat stat = rig.proc.stat(pid).orElseThrow();
    assertThat(stat.session()).isEqualTo(pid);
    assertThat(stat.group()).isEqualTo(pid);
    assertThat(stat.parent()).isEqualTo(ProcessHandle.current().pid());
    assertThat(rig.driver.usage(ProcessRig.CABLE).orElseThrow().memoryBytes())
        .isGreaterThan(500_000);
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.proc.stat(pid)).isEmpty();
    assertThat(rig.driver.usage(ProcessRig.CABLE)).isEmpty();
  }

  @Test
  void everyChangeAsksForAPassThatSeesIt() {
    Specs server = Programs.perl(Programs.SERVER);
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.apply(server, new Action.Drain(StopReason.OUTDATED));
    rig.stop(server, StopReason.OUTDATED);
    rig.await(Workload.Absent.class);
    assertThat(rig.seen.stream().map(Object::getClass).distinct().toList())
        .contains(Workload.Ready.class, Workload.Stopping.class, Workload.Absent.class);
  }

  @Test
  void withoutAPortItIsReadyOnceItIsExecuted() {
    Specs sleeper = Programs.of("sleep", "100").withoutPort();
    rig.start(sleeper);
    assertThat(rig.await(Workload.Ready.class).endpoint()).isEmpty();
    assertThat(rig.proc.arguments(rig.pid())).isEqualTo("sleep\000100\000");
  }

  @Test
  void anHttpProbeWaitsForASuccessfulAnswer() {
    Specs server =
        Programs.perl(
                """
                use IO::Socket::INET;
                $s = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT},
                  Listen => 5, ReuseAddr => 1);
                while ($c = $s->accept) {
                  $line = <$c>; $n++; $| = 1; print "asked $n $line";
                  print $c "HTTP/1.1 " . ($n < 3 ? "503 Not Yet" : "204 Fine") . "\\r\\n\\r\\n";
                  while (<$c> =~ /\\S/) {} close $c;
                }
                """)
            .probe("/up");
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.awaitOutput("asked 3 GET /up HTTP/1.1");
    assertThat(rig.driver.tail(ProcessRig.CABLE)).noneMatch(line -> line.startsWith("asked 4"));
  }

  @Test
  @Tag("D5")
  void timeoutExitPortAndSpawnFailuresDiffer() {
    Specs silent = Programs.of("sleep", "100");
    rig.start(silent);
    rig.stop(silent, StopReason.TIMED_OUT);
    assertThat(rig.awaitFailure().reason()).isEqualTo(FailureReason.TIMED_OUT);
    rig.start(Programs.sh("exit 3"));
    Awaitility.await().until(() -> rig.awaitFailure().reason() == FailureReason.EXITED);
    rig.start(Programs.of("no-such-program-here"));
    assertThat(rig.awaitFailure().reason()).isEqualTo(FailureReason.SPAWN_FAILED);
    assertThat(rig.awaitFailure().count()).isEqualTo(3);
    rig.apply(silent, new Action.Forget());
    assertThat(rig.now()).isEqualTo(new Workload.Absent());
  }

  @Test
  @Tag("D6")
  void aStartThatTimesOutLeavesNoProcessAndTheNextOneWorks() {
    Specs deaf =
        Programs.sh("trap '' TERM; sleep 1000 & : " + word + "; while :; do sleep 1; done");
    rig.start(deaf);
    Awaitility.await().until(() -> !rig.running(word).isEmpty());
    rig.stop(deaf, StopReason.TIMED_OUT);
    assertThat(rig.awaitFailure().message()).contains("nothing listens at 127.0.0.1:");
    assertThat(rig.running(word)).isEmpty();
    rig.start(Programs.perl(Programs.SERVER));
    rig.await(Workload.Ready.class);
  }

  @Test
  @Tag("D25")
  void aTimeoutSaysWhereItListensInstead() {
    String script = Programs.SERVER.replace("$ENV{HOST}", "'127.0.0.9'");
    Specs server =
        Programs.perl("$| = 1; " + script.replace("while (1)", "print qq(up\n); while (1)"));
    rig.start(server);
    rig.awaitOutput("up");
    rig.stop(server, StopReason.TIMED_OUT);
    assertThat(rig.awaitFailure().message()).contains("it listens at 127.0.0.9:");
  }

  @Test
  @Tag("D7")
  void anExitDuringBootFailsAtOnceWithItsLastWords() {
    rig.start(Programs.sh("echo booting; echo 'cannot load such file' >&2; echo '  at x'; exit 7"));
    Failure failure = rig.awaitFailure();
    assertThat(failure.reason()).isEqualTo(FailureReason.EXITED);
    assertThat(failure.message())
        .isEqualTo("exited with code 7 before it was ready: cannot load such file");
    assertThat(rig.driver.tail(ProcessRig.CABLE))
        .contains("booting", "cannot load such file", "  at x");
  }

  @Test
  @Tag("D10")
  void aDeathWhileItServesIsACrashAndTakesItsChildrenAlong() {
    rig.start(Programs.sh("sleep 1000 & : " + word + "; perl -e '" + Programs.SERVER + "'; :"));
    rig.await(Workload.Ready.class);
    assertThat(rig.driver.usage(ProcessRig.CABLE).orElseThrow().processes())
        .isGreaterThanOrEqualTo(3);
    ProcessHandle.of(rig.pid()).orElseThrow().destroyForcibly();
    Failure failure = rig.awaitFailure();
    assertThat(failure.reason()).isEqualTo(FailureReason.CRASHED);
    assertThat(failure.message()).startsWith("was ended by KILL").contains("while it served");
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  @Tag("D11")
  void startsAndStopsInQuickSuccessionNeverMeet() {
    String mark = "0." + Integer.toUnsignedString(word.hashCode());
    Specs sleeper = Programs.of("sleep", "1000", mark).withoutPort();
    for (int i = 0; i < 100; i++) {
      rig.start(sleeper);
      if (i % 3 == 0) {
        rig.await(Workload.Ready.class);
      }
      assertThat(rig.running(mark)).hasSizeLessThanOrEqualTo(1);
      long pid = rig.pid();
      rig.stop(sleeper, StopReason.IDLE);
      if (i % 2 == 0) {
        rig.start(sleeper);
        assertThat(rig.running(mark)).hasSizeLessThanOrEqualTo(1);
        rig.stop(sleeper, StopReason.IDLE);
      }
      rig.await(Workload.Absent.class);
      assertThat(Path.of("/proc/" + pid)).as("reaped").doesNotExist();
      assertThat(rig.running(mark)).isEmpty();
    }
  }

  @Test
  @Tag("D12")
  void nothingBlocksWhileAStopWaits() {
    Specs stubborn = stubborn().gracePeriod(Duration.ofHours(1));
    rig.start(stubborn);
    rig.await(Workload.Ready.class);
    rig.stop(stubborn, StopReason.IDLE);
    assertThat(rig.now()).isInstanceOf(Workload.Stopping.class);
    assertThat(ProcessHandle.of(rig.pid()).orElseThrow().destroyForcibly()).isTrue();
    rig.await(Workload.Absent.class);
  }

  @Test
  @Tag("D13")
  void aChildThatIgnoresTermIsDeadAfterTheGracePeriodAndItsPortIsFree() throws IOException {
    Specs stubborn = stubborn();
    rig.start(stubborn);
    int port = rig.await(Workload.Ready.class).endpoint().orElseThrow().port();
    long pid = rig.pid();
    Instant start = rig.clock.instant();
    rig.stop(stubborn, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.since(start)).isGreaterThanOrEqualTo(Duration.ofMillis(400));
    assertThat(rig.proc.stat(pid)).isEmpty();
    new ServerSocket(port, 1, LOOPBACK).close();
  }

  @Test
  @Tag("D14")
  void theNextStartOnTheSamePortSucceedsAsSoonAsItIsAbsent() throws IOException {
    Specs server = stubborn().port(FreePort.any()).gracePeriod(Duration.ofMillis(20));
    for (int i = 0; i < 10; i++) {
      rig.start(server);
      rig.await(Workload.Ready.class);
      rig.stop(server, StopReason.IDLE);
      rig.await(Workload.Absent.class);
    }
  }

  @Test
  @Tag("D15")
  void aForeignListenerIsNamedAndNothingIsStarted() throws IOException {
    try (var foreign = new ServerSocket(0, 1, LOOPBACK)) {
      rig.start(Programs.of("sleep", word).port(foreign.getLocalPort()));
      Failure failure = rig.awaitFailure();
      assertThat(failure.reason()).isEqualTo(FailureReason.PORT_BUSY);
      assertThat(failure.message())
          .contains("127.0.0.1:" + foreign.getLocalPort())
          .contains("pid " + ProcessHandle.current().pid() + " (");
      assertThat(dir.resolve("cable.log")).as("started").doesNotExist();
    }
  }

  @Test
  @Tag("D15")
  void aForeignListenerThatComesDuringBootIsNotTakenForReady() throws IOException {
    int port = FreePort.any();
    rig.start(Programs.of("sleep", "1000").port(port));
    rig.await(Workload.Starting.class);
    try (var foreign = new ServerSocket(port, 1, InetAddress.ofLiteral("0.0.0.0"))) {
      assertThat(rig.awaitFailure().reason()).isEqualTo(FailureReason.PORT_BUSY);
      assertThat(rig.awaitFailure().message()).contains(" is in use by pid ");
      assertThat(foreign.isBound()).isTrue();
    }
    assertThat(rig.seen).noneMatch(Workload.Ready.class::isInstance);
  }

  @Test
  @Tag("D28")
  void noDescendantSurvivesAStopHoweverItGotAway() {
    String daemon = "use POSIX; exit if fork; POSIX::setsid(); exit if fork; sleep 1000; # " + word;
    Specs server =
        Programs.sh(
            """
            perl -e 'DAEMON' & setsid sh -c 'sleep 1000; : WORD' &
            env -i setsid perl -e 'sleep 1000; # WORD' & sleep 0.2; exec perl -e 'SERVER'
            """
                .replace("DAEMON", daemon)
                .replace("WORD", word)
                .replace("SERVER", Programs.SERVER));
    rig.start(server);
    rig.await(Workload.Ready.class);
    assertThat(rig.running(word)).hasSize(3);
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  @Tag("D28")
  void descendantsGetTheirGracePeriodEvenIfTheLeaderIsGoneEarly() {
    Specs server =
        Programs.sh(
            "(trap '' TERM; sleep 0.3; echo 'child finished'; exec sleep 1000) & exec perl -e '"
                + Programs.SERVER
                + "'");
    rig.start(server.gracePeriod(Duration.ofSeconds(1)));
    rig.await(Workload.Ready.class);
    Instant start = rig.clock.instant();
    rig.stop(server.gracePeriod(Duration.ofSeconds(1)), StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.since(start)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(rig.driver.tail(ProcessRig.CABLE)).contains("child finished");
  }

  @Test
  @Tag("D29")
  void tenMegabytesAtBootNeitherBlockItNorFillTheDisk() throws IOException {
    rig.start(
        Programs.perl(
            "$| = 1; print 'x' x 99, qq(\\n) for 1..100_000; print qq(done\\n); "
                + Programs.SERVER));
    rig.await(Workload.Ready.class);
    rig.awaitOutput("done");
    Path file = dir.resolve("cable.log");
    Awaitility.await().until(() -> Files.size(file) <= Output.MAX_FILE_BYTES);
    assertThat(rig.driver.tail(ProcessRig.CABLE))
        .hasSize(Output.MAX_LINES)
        .last()
        .isEqualTo("done");
  }

  @Test
  @Tag("D30")
  void theEnvironmentFollowsTheRules() {
    Specs printer =
        Programs.sh("env; echo \"args=$(PORT)/$(HOST)/$(REGION)/$(NAME) $$(PORT) $(NOPE)\"; exit 1")
            .env("A", "$(NAME)-x")
            .env("B", "$(A)$(C)")
            .env("C", "late")
            .env("HOST", "mine");
    rig.start(printer.port(39_999));
    rig.awaitFailure();
    List<String> out = rig.driver.tail(ProcessRig.CABLE);
    assertThat(out)
        .contains("PORT=39999", "REGION=iad", "NAME=cable", "KEPT=yes")
        .contains("A=cable-x", "B=cable-x$(C)", "C=late", "HOST=mine")
        .anyMatch(line -> line.startsWith("DORMOUSE_SERVICE=default/cable@"))
        .noneMatch(line -> line.startsWith("PIDFILE=") || line.startsWith("DORMOUSE_TEST="));
    // The shell takes $(PORT) for a command, which does not exist.
    assertThat(out).map(String::strip).contains("args=39999/mine/iad/cable");
  }

  @Test
  @Tag("D35")
  @Tag("P10")
  void anExitByOurOwnSignalIsCleanAndNotWaitedForLonger() {
    for (String trap :
        List.of("", "$SIG{TERM} = sub { exit 0 };", "$SIG{TERM} = sub { exit 1 };")) {
      Specs server = Programs.perl(trap + Programs.SERVER).gracePeriod(Duration.ofHours(1));
      rig.start(server);
      rig.await(Workload.Ready.class);
      rig.stop(server, StopReason.IDLE);
      rig.await(Workload.Absent.class);
    }
    assertThat(rig.seen).noneMatch(Workload.Failed.class::isInstance);
  }

  @Test
  @Tag("D28")
  void whoGotAwayUnseenIsFoundByTheSocketThatItHolds() throws IOException {
    String escape =
        "if (!fork) { POSIX::setsid(); exit if fork; %ENV = (); exec 'perl', '-e', 'sleep 1000; # "
            + word
            + "' } wait; while (1)";
    Specs server =
        Programs.perl("use POSIX; $^F = 99; " + Programs.SERVER.replace("while (1)", escape));
    rig.start(server);
    int port = rig.await(Workload.Ready.class).endpoint().orElseThrow().port();
    Awaitility.await().until(() -> rig.running("sleep 1000; # " + word).size() == 2);
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
    new ServerSocket(port, 1, LOOPBACK).close();
  }

  /** Only one of its sockets is looked for while a client waits. */
  @Test
  void whoGotAwayWithItsOtherSocketIsFoundToo() throws IOException {
    String other = "IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 5, ReusePort => 1)";
    String escape =
        ("if (!fork) { POSIX::setsid(); exit if fork; $^F = 99; %ENV = (PORT => $ENV{PORT});"
                + " $o = OTHER or die; delete $ENV{PORT}; exec 'perl', '-e', 'sleep 1000; # WORD' }"
                + " wait; while (1)")
            .replace("OTHER", other)
            .replace("WORD", word);
    Specs server =
        Programs.perl(
            "use POSIX; "
                + Programs.SERVER.replace("ReuseAddr", "ReusePort").replace("while (1)", escape));
    rig.start(server);
    int port = rig.await(Workload.Ready.class).endpoint().orElseThrow().port();
    Awaitility.await().until(() -> rig.running("sleep 1000; # " + word).size() == 2);
    Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
    // Not a bind: after a server without SO_REUSEADDR a TIME-WAIT may keep the port.
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Socket(LOOPBACK, port).close());
  }

  @Test
  @Tag("D28")
  void theWholeGroupIsAskedToStop() {
    String child = "$SIG{TERM} = sub { print qq(heard\n); exit }; sleep 1000; # " + word;
    Specs server =
        Programs.sh("perl -e '" + child + "' & sleep 0.3; exec perl -e '" + Programs.SERVER + "'");
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.driver.tail(ProcessRig.CABLE)).containsExactly("heard");
  }

  /** A session of its own does not keep the signal from a server that has something to save. */
  @Test
  void whoLeftTheGroupIsAskedToStopToo() {
    String saves = "$SIG{TERM} = sub { print qq(saved\n); exit }; ";
    Specs server = Programs.sh("setsid perl -e '" + saves + Programs.SERVER + "' & wait");
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.driver.tail(ProcessRig.CABLE)).contains("saved");
  }

  @Test
  void theDeclaredSignalAsksAndToEndByItIsToObey() {
    String told = "$SIG{TERM} = sub { print qq(terminated\n) }; $SIG{USR2} = 'DEFAULT'; ";
    Specs server = Programs.perl("$| = 1; " + told + Programs.SERVER).signal(StopSignal.USR2);
    rig.start(server.gracePeriod(Duration.ofMinutes(5)));
    rig.await(Workload.Ready.class);
    rig.stop(server.gracePeriod(Duration.ofMinutes(5)), StopReason.IDLE);
    rig.await(Workload.Absent.class);
    assertThat(rig.driver.tail(ProcessRig.CABLE)).doesNotContain("terminated");
  }

  /** It lost its port to somebody else, or its leader: what is left of it may have a say. */
  @Test
  void aStartThatFailsIsAskedToStopBeforeItIsKilled() {
    String child = "$SIG{TERM} = sub { print qq(saved\n); exit }; print qq(up\n); sleep 1000";
    rig.start(Programs.sh("perl -e '$| = 1; " + child + "' & sleep 0.3; exit 3"));
    assertThat(rig.awaitFailure().message()).startsWith("exited with code 3 before it was ready");
    assertThat(rig.driver.tail(ProcessRig.CABLE)).contains("saved");
  }

  @Test
  void standardInputIsEmptyAndALastLineWithoutEndIsHeard() {
    rig.start(Programs.sh("cat; printf 'end of input'; exit 1"));
    assertThat(rig.awaitFailure().message())
        .isEqualTo("exited with code 1 before it was ready: end of input");
  }

  @Test
  void zombiesOfOthersDoNotHoldUpAStop() {
    // It never waits for its child.
    Specs server = Programs.perl("if (!fork) { exit 0 } " + Programs.SERVER);
    rig.start(server);
    rig.await(Workload.Ready.class);
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(rig.driver.usage(ProcessRig.CABLE).orElseThrow().processes())
                    .isEqualTo(1));
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
  }

  @Test
  void spawnFailuresNameTheCommandAndTheCause() throws IOException {
    Path plain = Files.writeString(dir.resolve("plain"), "x");
    Path script = Files.writeString(dir.resolve("script"), "#!/no/such/interpreter\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    assertThat(spawnFailure(Programs.of("nope")))
        .startsWith("cannot run nope: not found on PATH /");
    assertThat(spawnFailure(Programs.of("./nope"))).isEqualTo("cannot run ./nope: no such file");
    assertThat(spawnFailure(Programs.of("sleep", "1").workingDir("/no/such/dir")))
        .isEqualTo("cannot run sleep: the working directory /no/such/dir does not exist");
    assertThat(spawnFailure(Programs.of(plain.toString()))).endsWith(plain + " is not executable");
    assertThat(spawnFailure(Programs.of(dir.toString()))).endsWith(dir + " is a directory");
    assertThat(spawnFailure(Programs.of())).isEqualTo("no command is declared");
    assertThat(spawnFailure(Programs.of(script.toString()).withoutPort()))
        .contains("setsid: failed to execute");
  }

  @Test
  void whatHangsIsAskedToLeaveButNotForLong() {
    Specs stubborn = stubborn().gracePeriod(Duration.ofMinutes(5));
    rig.start(stubborn);
    rig.await(Workload.Ready.class);
    rig.onControl(
        () -> {
          rig.driver.broken(ProcessRig.CABLE, FailureReason.DEAF, "no answer within 10 s");
          return true;
        });
    assertThat(rig.awaitFailure().reason()).isEqualTo(FailureReason.DEAF);
  }

  @Test
  void whatAnswersAfterAllIsNotBrokenAnyMore() {
    rig.stopsBroken = false;
    rig.start(Programs.perl(Programs.SERVER));
    var ready = rig.await(Workload.Ready.class);
    rig.onControl(
        () -> {
          rig.driver.broken(ProcessRig.CABLE, FailureReason.DEAF, "no answer within 10 s");
          return true;
        });
    var broken = rig.await(Workload.Broken.class);
    assertThat(broken.endpoint()).isEqualTo(ready.endpoint());
    assertThat(broken.succeeded()).isFalse();
    rig.driver.answered(ProcessRig.CABLE);
    assertThat(rig.await(Workload.Ready.class)).isEqualTo(ready);
  }

  @Test
  void anEndOfItsOwnIsSeenWithItsSuccess() {
    rig.stopsBroken = false;
    rig.start(Programs.perl("$SIG{USR1} = sub { exit 0 }; " + Programs.SERVER));
    rig.await(Workload.Ready.class);
    ProcessRig.signal(rig.pid(), "USR1");
    var ended = rig.await(Workload.Broken.class);
    assertThat(ended.succeeded()).isTrue();
    assertThat(ended.endpoint()).isEmpty();
    rig.stop(Programs.perl(Programs.SERVER), StopReason.ENDED);
    rig.await(Workload.Absent.class);
  }

  private String spawnFailure(Specs specs) {
    rig.apply(specs, new Action.Forget());
    rig.start(specs);
    Failure failure = rig.awaitFailure();
    assertThat(failure.reason()).isEqualTo(FailureReason.SPAWN_FAILED);
    return failure.message();
  }

  private static Specs stubborn() {
    return Programs.perl("$SIG{TERM} = 'IGNORE'; " + Programs.SERVER);
  }
}
