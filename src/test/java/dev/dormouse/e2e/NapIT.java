package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dormouse itself sleeps: as a shell, with its process id, its children and its clients. */
class NapIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** In the arguments of the supervised process. */
  private final String word = "3" + (UUID.randomUUID().getMostSignificantBits() >>> 34);

  @TempDir Path scratch;
  private Path manifests = Path.of("unset");

  @BeforeEach
  void declare() throws IOException {
    manifests = Files.createDirectory(scratch.resolve("manifests"));
    declare(Manifest.greeting("cable", "hello"));
  }

  @AfterEach
  void nothingIsLeft() {
    try {
      assertThat(supervised()).isEmpty();
    } finally {
      supervised().forEach(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void aClientEndsANapIsServedAndEverythingIsCountedOn() {
    try (var machine = napper()) {
      var napping = new NapView(machine.child.pid());
      for (int round = 1; round <= 3; round++) {
        napping.awaitNap();
        visit(machine);
        assertThat(machine.service("cable").path("lastWake").path("reason").asText())
            .isEqualTo("Nap");
        machine.awaitPhase("cable", "Dormant");
        assertThat(machine.count("dormouse_naps_total", "cause=\"connection\""))
            .as("one of the questions here may end another")
            .isGreaterThanOrEqualTo(round);
        assertThat(machine.count("dormouse_wakes_total", "reason=\"Nap\"")).isEqualTo(round);
        assertThat(machine.count("dormouse_held_seconds_count", "opened")).isEqualTo(round);
        assertThat(machine.service("cable").path("epoch").asLong()).isEqualTo(round + 1L);
        assertThat(machine.service("cable").path("wakes")).hasSize(round);
      }
      napping.awaitNap();
      assertThat(machine.child.lines().stream().filter(it -> it.contains(" back from a nap of ")))
          .hasSizeGreaterThanOrEqualTo(3);
      assertThat(machine.child.terminate()).isZero();
    }
  }

  @Test
  void itCostsAShellAndNothingEverRuns() {
    try (var machine = napper()) {
      var napping = new NapView(machine.child.pid());
      napping.awaitNap();
      assertThat(napping.kilobytes("VmRSS")).isLessThan(4 * 1024);
      assertThat(napping.proportionalKilobytes()).isLessThan(1024);
      assertThat(napping.children()).isEmpty();
      settle(napping);
      long before = napping.switches();
      await().during(Duration.ofSeconds(2)).until(() -> napping.switches() == before);
    }
  }

  @Test
  void fiftyClientsAtOnceAreOneStartAndFiftyGreetings() {
    try (var machine = napper()) {
      new NapView(machine.child.pid()).awaitNap();
      List<Visitor> visitors = new ArrayList<>();
      try {
        IntStream.range(0, 50).forEach(_ -> visitors.add(knock(machine)));
        assertThat(visitors).allSatisfy(it -> assertThat(it.greeting()).isEqualTo("hello"));
      } finally {
        visitors.forEach(Visitor::close);
      }
      assertThat(machine.starts("cable")).isOne();
    }
  }

  @Test
  void onlyWhatCouldNeedItStaysOpenAndNothingGathers() throws Exception {
    supervise();
    try (var machine = napper()) {
      var napping = new NapView(machine.child.pid());
      List<Integer> counts = new ArrayList<>();
      for (int round = 0; round < 4; round++) {
        napping.awaitNap();
        List<String> open = napping.descriptors();
        assertThat(open).filteredOn(it -> it.startsWith("socket:")).hasSize(2);
        assertThat(open)
            .filteredOn(it -> !it.startsWith("socket:") && !it.startsWith("/dev/null"))
            .allMatch(
                it ->
                    it.startsWith("pipe:")
                        || it.endsWith("/lock")
                        || it.endsWith("inotify")
                        || it.endsWith("bin/dormouse"));
        assertThat(machine.get(machine.adminPort, "/livez").statusCode()).isEqualTo(200);
        machine.awaitPhase("redis", "Active");
        assertThat(napping.children()).hasSize(1);
        counts.add(open.size());
      }
      assertThat(counts).containsOnly(counts.getFirst());
    }
  }

  @Test
  void whatItSupervisesRunsOnAndIsReplacedWhenItEnds() throws Exception {
    supervise();
    try (var machine = napper()) {
      var napping = new NapView(machine.child.pid());
      machine.awaitPhase("redis", "Active");
      long first = machine.pid("redis");
      napping.awaitNap();
      machine.awaitPhase("redis", "Active");
      assertThat(machine.pid("redis")).isEqualTo(first);
      assertThat(machine.starts("redis")).isOne();
      napping.awaitNap();
      NapView.signal("KILL", first);
      machine.child.await("woken by the end of a process of ours");
      machine.child.await("reason=CRASHED");
      await().atMost(LIMIT).until(() -> supervised().size() == 1);
      machine.awaitPhase("redis", "Active");
      assertThat(supervised()).singleElement().isNotEqualTo(first);
      assertThat(napping.children()).hasSize(1);
    }
  }

  @Test
  void whatItSupervisesAndDiesAwakeAfterANapIsReapedWithItsExitCode() throws Exception {
    supervise();
    try (var machine = napper()) {
      new NapView(machine.child.pid()).awaitNap();
      long first = machine.pid("redis");
      NapView.signal("KILL", first);
      machine.child.await("reason=CRASHED: was ended by KILL");
      await().atMost(LIMIT).until(() -> !Files.exists(Path.of("/proc/" + first)));
    }
  }

  @Test
  void termEndsANapWithZeroAndEverythingIsAskedToStop() throws Exception {
    for (String signal : List.of("TERM", "INT")) {
      supervise();
      try (var machine = napper()) {
        machine.awaitPhase("redis", "Active");
        var napping = new NapView(machine.child.pid());
        napping.awaitNap();
        napping.signal(signal);
        assertThat(machine.child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(machine.child.process().exitValue()).as(signal).isZero();
        machine.child.awaitEnd();
        assertThat(machine.child.lines()).anyMatch(it -> it.contains("INFO stopped"));
        assertThat(supervised()).isEmpty();
      }
    }
  }

  @Test
  void aShellThatIsKilledIsFollowedByOneThatAdopts() throws Exception {
    supervise();
    try (var machine = napper()) {
      machine.awaitPhase("redis", "Active");
      new NapView(machine.child.pid()).awaitNap();
      machine.kill();
    }
    ProcessHandle left = supervised().getFirst();
    try (var machine = napper()) {
      machine.child.await("adopted pid=" + left.pid());
      visit(machine);
      assertThat(machine.child.terminate()).isZero();
    }
  }

  @Test
  void nobodyElseGetsTheStateDirectoryOfASleeper() throws Exception {
    try (var machine = napper()) {
      var napping = new NapView(machine.child.pid());
      for (int round = 0; round < 2; round++) {
        napping.awaitNap();
        assertThat(Child.refusal(manifests, scratch.resolve("state")))
            .singleElement()
            .asString()
            .contains("is in use by another dormouse, pid " + machine.child.pid());
        assertThat(napping.naps()).isTrue();
        visit(machine);
        assertThat(Child.refusal(manifests, scratch.resolve("state"))).hasSize(1);
      }
    }
  }

  @Test
  void aManifestThatChangesEndsANapAndOneWithAMistakeTakesNothingAway() throws Exception {
    try (var machine = napper()) {
      var napping = new NapView(machine.child.pid());
      napping.awaitNap();
      declare(Manifest.greeting("news", "extra").with("port", 0));
      machine.child.await("woken by a connection, or a file that changed");
      await()
          .atMost(LIMIT)
          .until(() -> machine.get(machine.adminPort, "/services").body().contains("news"));
      napping.awaitNap();
      Files.writeString(
          manifests.resolve("cable.yaml"), "\nnonsense: [\n", StandardOpenOption.APPEND);
      machine.child.await("kept as it was: ");
      visit(machine);
      napping.awaitNap();
      visit(machine);
    }
  }

  @Test
  void aWarmWindowEndsANap() throws Exception {
    Instant from = Instant.now().plusSeconds(30);
    declare(
        Manifest.greeting("cable", "hello")
            .with("warm", "[{from: \"" + from + "\", until: \"" + from.plusSeconds(60) + "\"}]"));
    try (var machine = napper()) {
      var napping = new NapView(machine.child.pid());
      napping.awaitNap();
      machine.child.await("woken by the clock");
      machine.awaitPhase("cable", "Active");
      assertThat(Instant.now()).isAfter(from);
    }
  }

  @Test
  void anEndForWantOfNeedComesOverANap() throws Exception {
    try (var machine = napper("--exit-when-idle", "14s")) {
      new NapView(machine.child.pid()).awaitNap();
      assertThat(machine.child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(machine.child.process().exitValue()).isZero();
    }
  }

  @Test
  void whoeverAsksAllTheTimeKeepsItAwakeAndIsNamed() {
    try (var machine = napper()) {
      await("word of it")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                machine.get(machine.adminPort, "/livez");
                return machine.child.lines().stream()
                    .anyMatch(it -> it.contains("never naps while this goes on: a probe came"));
              });
      assertThat(machine.service("cable").path("napObstacle").asText())
          .startsWith("a probe came ")
          .endsWith(" s ago");
      assertThat(machine.child.lines()).noneMatch(it -> it.contains(" napping: "));
    }
  }

  private void declare(Manifest manifest) throws IOException {
    Files.writeString(manifests.resolve(manifest.name() + ".yaml"), manifest.resource().toString());
  }

  private void supervise() throws IOException {
    Files.writeString(
        manifests.resolve("redis.yaml"),
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: redis}
        spec:
          activation: Always
          command: [sleep, "WORD"]
          retry: {initial: 3s}
        """
            .replace("WORD", word));
  }

  private List<ProcessHandle> supervised() {
    return ProcessHandle.allProcesses()
        .filter(it -> it.info().commandLine().filter(line -> line.endsWith(" " + word)).isPresent())
        .toList();
  }

  private Machine napper(String... more) {
    var options = new ArrayList<>(List.of("--nap", "1s"));
    options.addAll(List.of(more));
    return new Machine(manifests, scratch.resolve("state"), options.toArray(String[]::new));
  }

  private static void settle(NapView napping) {
    await()
        .until(
            () -> {
              long before = napping.switches();
              Thread.onSpinWait();
              return napping.switches() == before;
            });
  }

  private static void visit(Machine machine) {
    try (Visitor visitor = knock(machine)) {
      assertThat(visitor.greeting()).isEqualTo("hello");
    }
  }

  private static Visitor knock(Machine machine) {
    return Visitor.knock(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), machine.port),
        "localhost",
        "/cable");
  }
}
