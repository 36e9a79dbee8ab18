package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Action;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.local.driver.ThawProbe;
import dev.dormouse.local.freeze.PageOut.Effect;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes that are really stopped and resumed; only what the kernel does to memory is not.
 */
class FreezeIT {
  private static final ServiceId REDIS = new ServiceId("default", "redis");

  @TempDir Path dir;
  private ProcessRig rig;
  private final String word = "w" + UUID.randomUUID();
  private final Specs server = Programs.perl("# " + word + "\n" + Programs.SERVER);

  @BeforeEach
  void begin() {
    rig = new ProcessRig(dir, Map.of());
  }

  @AfterEach
  void end() throws IOException {
    rig.close();
    Awaitility.await().untilAsserted(() -> assertThat(rig.running(word)).isEmpty());
  }

  @Test
  void aReadyServerIsStoppedWholeAndItsJournalSaysSo() throws IOException {
    Specs parent = Programs.sh("sleep 1000 & : " + word + "; perl -e '" + Programs.SERVER + "'; :");
    freeze(parent);
    awaitSleep("FROZEN");
    assertThat(rig.driver.usage(ProcessRig.CABLE).orElseThrow().frozen()).isTrue();
    assertThat(rig.driver.usage(ProcessRig.CABLE).orElseThrow().processes()).isEqualTo(3);
    assertThat(rig.pageOut.told).singleElement().extracting(List::size).isEqualTo(3);
    assertThat(Files.readString(dir.resolve("cable.json"))).contains("\"frozen\":true");
    rig.apply(parent, new Action.Freeze());
    assertThat(rig.now()).isInstanceOf(Workload.Frozen.class);
    thaw(parent);
    rig.await(Workload.Ready.class);
    Awaitility.await().untilAsserted(() -> assertThat(rig.pageOut.fetched).hasSize(1));
    assertThat(pids(rig.pageOut.fetched.element())).isEqualTo(pids(rig.pageOut.told.element()));
    assertThat(rig.driver.usage(ProcessRig.CABLE).orElseThrow().frozen()).isFalse();
    assertThat(Files.readString(dir.resolve("cable.json"))).doesNotContain("frozen");
  }

  @Test
  void aThawedServerMayBeDialledAtOnceAndIsReadyWithItsFirstAnswer() {
    freeze(server);
    awaitSleep("FROZEN");
    var before = rig.pid();
    thaw(server);
    var starting = (Workload.Starting) rig.now();
    assertThat(starting.endpoint()).isPresent();
    assertThat(rig.proc.stat(before).orElseThrow().stopped()).isFalse();
    rig.driver.answered(ProcessRig.CABLE);
    assertThat(rig.await(Workload.Ready.class).endpoint()).isEqualTo(starting.endpoint());
    awaitSleep("ANSWERED");
    assertThat(rig.running(word)).containsExactly(before);
  }

  /** The minimum uptime of what has dozed is not counted anew; its silence is. */
  @Test
  void aDozeIsNoEndOfServing() {
    rig.start(server);
    Workload.Ready before = rig.await(Workload.Ready.class);
    long pid = rig.pid();
    rig.apply(server, new Action.Doze());
    awaitSleep("FROZEN");
    Instant woken = rig.clock.instant();
    rig.apply(server, new Action.Thaw());
    Workload.Ready after = rig.await(Workload.Ready.class);
    assertThat(after.since()).isEqualTo(before.since());
    assertThat(before.rest().awake()).isEqualTo(Instant.MIN);
    assertThat(after.rest().awake()).isAfterOrEqualTo(woken);
    assertThat(rig.running(word)).containsExactly(pid);
  }

  @Test
  void whereNoClientAsksItIsAsked() {
    freeze(server);
    Instant thawed = rig.clock.instant();
    thaw(server);
    rig.await(Workload.Ready.class);
    assertThat(rig.since(thawed)).isGreaterThanOrEqualTo(ThawProbe.ASK_AFTER);
  }

  @Test
  void aWorkloadWithoutAPortIsBackOnceItRuns() {
    Specs sleeper = Programs.sh(": " + word + "; while :; do sleep 1; done").withoutPort();
    freeze(sleeper);
    awaitSleep("FROZEN");
    thaw(sleeper);
    rig.await(Workload.Ready.class);
  }

  @Test
  void whatForksWithoutEndIsStoppedToTheLast() {
    Specs forking =
        Programs.perl(
            "# "
                + word
                + "\n$SIG{CHLD} = 'IGNORE'; if (!fork) { while (1) { if (!fork) { if (!fork) {"
                + " select(undef, undef, undef, 0.05); exit } exit } select(undef, undef, undef,"
                + " 0.001) } }"
                + Programs.SERVER);
    rig.start(forking);
    rig.await(Workload.Ready.class);
    rig.apply(forking, new Action.Freeze());
    awaitSleep("FROZEN");
    for (long pid : rig.running(word)) {
      assertThat(rig.proc.stat(pid).orElseThrow().stopped()).isTrue();
    }
    List<Long> asleep = rig.running(word);
    assertThat(rig.running(word)).isEqualTo(asleep);
    thaw(forking);
    rig.await(Workload.Ready.class);
  }

  @Test
  void aChildThatHadStoppedItselfStaysSo() {
    Specs parent =
        Programs.perl("# " + word + "\nif (!fork) { kill 'STOP', $$$$; exit }" + Programs.SERVER);
    rig.start(parent);
    rig.await(Workload.Ready.class);
    Awaitility.await().until(() -> stopped() == 1);
    rig.apply(parent, new Action.Freeze());
    awaitSleep("FROZEN");
    assertThat(stopped()).isEqualTo(2);
    thaw(parent);
    rig.await(Workload.Ready.class);
    assertThat(stopped()).isEqualTo(1);
  }

  @Test
  void whatDiesInItsSleepIsNoFailureAndLeavesNothing() {
    Specs parent = Programs.sh("sleep 1000 & : " + word + "; perl -e '" + Programs.SERVER + "'; :");
    freeze(parent);
    awaitSleep("FROZEN");
    ProcessRig.signal(rig.pid(), "KILL");
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
    rig.start(parent);
    rig.await(Workload.Ready.class);
  }

  @Test
  void whatDoesNotComeBackIsKilledAndMayBeStartedAnew() {
    Specs numb =
        Programs.perl("# " + word + "\n$SIG{CONT} = sub { sleep 1 while 1 };" + Programs.SERVER);
    freeze(numb);
    awaitSleep("FROZEN");
    Instant thawed = rig.clock.instant();
    thaw(numb);
    rig.await(Workload.Absent.class);
    assertThat(rig.since(thawed)).isGreaterThanOrEqualTo(ThawProbe.LIMIT);
    awaitSleep("LOST");
    assertThat(rig.running(word)).isEmpty();
    rig.start(numb);
    rig.await(Workload.Ready.class);
  }

  @Test
  void whatDiesWhenItIsResumedIsNoFailure() {
    Specs fragile = Programs.perl("# " + word + "\n$SIG{CONT} = sub { exit 3 };" + Programs.SERVER);
    freeze(fragile);
    awaitSleep("FROZEN");
    thaw(fragile);
    rig.await(Workload.Absent.class);
    awaitSleep("LOST");
  }

  @Test
  void whatIsWokenFromOutsideIsAwake() {
    freeze(server);
    awaitSleep("FROZEN");
    ProcessRig.signal(rig.pid(), "CONT");
    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() -> assertThat(rig.now()).isInstanceOf(Workload.Ready.class));
  }

  @Test
  void aFrozenServerCanObeyTerm() {
    Specs polite =
        Programs.perl(
                "# "
                    + word
                    + "\n$| = 1; $SIG{TERM} = sub { print qq(obeyed\\n); exit };"
                    + Programs.SERVER)
            .gracePeriod(Duration.ofHours(1));
    freeze(polite);
    awaitSleep("FROZEN");
    rig.stop(polite, StopReason.SHUTDOWN);
    rig.await(Workload.Absent.class);
    rig.awaitOutput("obeyed");
  }

  @Test
  void aFrozenServerThatIgnoresTermIsDeadAfterTheGracePeriod() {
    Specs stubborn = Programs.perl("# " + word + "\n$SIG{TERM} = 'IGNORE'; " + Programs.SERVER);
    freeze(stubborn);
    awaitSleep("FROZEN");
    rig.stop(stubborn, StopReason.SHUTDOWN);
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
  }

  @Test
  void aFreezeThatSavesTooLittleIsAStopAndIsSaid() {
    rig.pageOut.effect = new Effect(42 * FakePageOut.MB, 30 * FakePageOut.MB);
    freeze(server);
    rig.await(Workload.Absent.class);
    assertThat(rig.sleeps).containsExactly("IN_VAIN");
    assertThat(rig.driver.obstacle(ProcessRig.CABLE, Sleep.FREEZE))
        .contains("most of it stays resident: 42 MB -> 30 MB");
  }

  @Test
  void aFreezeThatIsNotPermittedIsAStopAndIsSaid() {
    rig.pageOut.refusal = Optional.of("process_madvise is not permitted");
    freeze(server);
    rig.await(Workload.Absent.class);
    assertThat(rig.sleeps).containsExactly("FAILED");
    assertThat(rig.driver.obstacle(ProcessRig.CABLE, Sleep.FREEZE))
        .contains("process_madvise is not permitted");
  }

  @Test
  void anArrivalWhileItIsPagedOutFindsItAwake() throws InterruptedException {
    var reached = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    rig.pageOut.during =
        wanted -> {
          reached.countDown();
          await(go);
          assertThat(wanted.getAsBoolean()).isFalse();
        };
    freeze(server);
    reached.await();
    thaw(server);
    assertThat(rig.now()).isInstanceOf(Workload.Starting.class);
    go.countDown();
    awaitSleep("INTERRUPTED");
    rig.await(Workload.Ready.class);
    assertThat(stopped()).isZero();
    assertThat(rig.driver.obstacle(ProcessRig.CABLE, Sleep.FREEZE)).isEmpty();
  }

  /** The arrival comes at no, or at any, distance from the freeze. */
  @Test
  void noArrivalFindsItAsleep() throws InterruptedException {
    rig.start(server);
    rig.await(Workload.Ready.class);
    for (int round = 0; round < 40; round++) {
      rig.apply(server, new Action.Freeze());
      Thread.sleep(round / 2);
      thaw(server);
      rig.driver.answered(ProcessRig.CABLE);
      rig.await(Workload.Ready.class);
      assertThat(stopped()).as("round " + round).isZero();
    }
    Awaitility.await().untilAsserted(() -> assertThat(rig.sleeps).hasSize(80));
    assertThat(stopped()).isZero();
    assertThat(rig.running(word)).hasSize(1);
  }

  @Test
  void aDependencyThatIsAnotherOneNowIsTold() {
    rig.onControl(() -> startRedis());
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.onControl(
        () -> {
          rig.driver.apply(ProcessRig.CABLE, dependent(), new Action.Freeze());
          return true;
        });
    assertThat(((Workload.Frozen) rig.now()).dependencyRestarted()).isFalse();
    restart(Map.of(ProcessRig.CABLE, dependent(), REDIS, Programs.perl(Programs.SERVER).build()));
    assertThat(((Workload.Frozen) rig.now()).dependencyRestarted()).isFalse();
    rig.onControl(
        () -> {
          rig.driver.apply(REDIS, server.build(), new Action.Stop(StopReason.IDLE));
          return true;
        });
    assertThat(((Workload.Frozen) rig.now()).dependencyRestarted()).isTrue();
    Awaitility.await()
        .until(() -> rig.onControl(() -> rig.driver.observe(REDIS)) instanceof Workload.Absent);
    rig.onControl(() -> startRedis());
    assertThat(((Workload.Frozen) rig.now()).dependencyRestarted()).isTrue();
  }

  @Test
  void aSleeperThatDormouseHasLeftIsAdoptedAsleepAndThawed() {
    freeze(server);
    awaitSleep("FROZEN");
    long pid = rig.pid();
    restart(Map.of(ProcessRig.CABLE, server.build()));
    assertThat(rig.now()).isInstanceOf(Workload.Frozen.class);
    assertThat(stopped()).isEqualTo(1);
    awaitSleep("FROZEN");
    thaw(server);
    rig.driver.answered(ProcessRig.CABLE);
    rig.await(Workload.Ready.class);
    assertThat(rig.running(word)).containsExactly(pid);
    restart(Map.of(ProcessRig.CABLE, server.build()));
    assertThat(rig.now()).isInstanceOf(Workload.Ready.class);
  }

  @Test
  void aSleeperThatWasWokenWhileDormouseWasAwayIsAdoptedAwake() {
    freeze(server);
    awaitSleep("FROZEN");
    rig.crash();
    ProcessRig.signal(rig.pid(), "CONT");
    rig = new ProcessRig(dir, Map.of());
    rig.adopt(Map.of(ProcessRig.CABLE, server.build()));
    rig.await(Workload.Ready.class);
    assertThat(stopped()).isZero();
  }

  @Test
  void aSleeperOfARemovedServiceObeysAndIsGone() {
    Specs patient = server.gracePeriod(Duration.ofHours(1));
    freeze(patient);
    awaitSleep("FROZEN");
    restart(Map.of());
    rig.await(Workload.Absent.class);
    assertThat(rig.running(word)).isEmpty();
  }

  private boolean startRedis() {
    rig.driver.apply(
        REDIS, Programs.perl("# " + word + "\n" + Programs.SERVER).build(), new Action.Start());
    return true;
  }

  private ServiceSpec dependent() {
    return Specs.from(server.build()).dependsOn("redis").build();
  }

  private static Set<Long> pids(List<ProcFs.Stat> processes) {
    return processes.stream().map(ProcFs.Stat::pid).collect(Collectors.toSet());
  }

  private void freeze(Specs specs) {
    rig.start(specs);
    rig.await(Workload.Ready.class);
    rig.apply(specs, new Action.Freeze());
  }

  private void thaw(Specs specs) {
    rig.apply(specs, new Action.Thaw());
  }

  private void restart(Map<ServiceId, ServiceSpec> specs) {
    rig.crash();
    rig = new ProcessRig(dir, Map.of());
    rig.adopt(specs);
  }

  private void awaitSleep(String outcome) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(rig.sleeps).contains(outcome));
  }

  private long stopped() {
    return rig.running(word).stream()
        .flatMap(pid -> rig.proc.stat(pid).stream())
        .filter(ProcFs.Stat::stopped)
        .count();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
