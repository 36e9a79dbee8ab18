package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The product as it is built, with a real Puma in real swap. {@code -Ddormouse.rounds=N} freezes
 * and thaws so often; what was measured is left in target/freeze-swap.txt.
 */
@Tag("privileged")
class SwapIT {
  private static final int ROUNDS = Integer.getInteger("dormouse.rounds", 20);
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final long MB = 1 << 20;

  /** DESIGN: 25 MB with swap, 30 s after the last activity. */
  private static final long MOST_ASLEEP_KB = 25 * 1024;

  @TempDir Path scratch;
  private int knocks;
  private Optional<SwapFile> swap = Optional.empty();
  private CableExample example = CableExample.UNSET;

  @BeforeEach
  void swapOn() throws IOException {
    swap = Optional.of(SwapFile.on(scratch.resolve("swap"), 512));
    example =
        CableExample.in(
            scratch.resolve("manifests"),
            CableExample.Kind.ACTION_CABLE,
            "idleTimeout: 200ms\n  minimumUptime: 0s\n  sleep: Freeze");
  }

  @AfterEach
  void swapOff() {
    swap.ifPresent(SwapFile::close);
  }

  @Test
  void aFrozenPumaIsAFewMegabytesAndServesEveryRound() throws Exception {
    try (var machine = new Machine(example.manifests(), scratch.resolve("state"))) {
      knock(machine);
      awaitFrozen(machine);
      long puma = machine.service("cable").path("pid").asLong();
      long awake = machine.service("cable").path("awakeMemoryBytes").asLong();
      long faults = majorFaults(puma);
      long pages = swappedIn();
      List<Long> cached = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        cached.add(knock(machine));
        awaitFrozen(machine);
      }
      List<Long> cold = new ArrayList<>();
      for (int round = 0; round < Math.min(ROUNDS, 5); round++) {
        Root.run("sh", "-c", "sync; echo 3 > /proc/sys/vm/drop_caches");
        cold.add(knock(machine));
        awaitFrozen(machine);
      }
      assertThat(majorFaults(puma) - faults)
          .as("pages that it had to wait for, of all that came back")
          .isLessThan((swappedIn() - pages) / 2);
      var frozen = machine.service("cable");
      assertThat(frozen.path("pid").asLong()).isEqualTo(puma);
      assertThat(frozen.path("processes").asInt()).isEqualTo(1);
      assertThat(frozen.path("memoryBytes").asLong()).isLessThan(8 * MB).isLessThan(awake / 2);
      report(
          String.format(
              Locale.ROOT,
              "PSS awake=%d MB frozen=%.1f MB RSS frozen=%d kB%nwelcome, cached: %s%nwelcome, cold:"
                  + " %s%n",
              awake / MB,
              frozen.path("memoryBytes").asLong() / (double) MB,
              memory(puma, "VmRSS:"),
              quantiles(cached),
              quantiles(cold)));
    }
    assertThat(Files.readString(Path.of("/proc/swaps")))
        .contains(scratch.resolve("swap").toString());
  }

  @Test
  void dormouseItselfSleepsAndServesTheNextUpgrade() throws Exception {
    try (var machine = new Machine(example.manifests(), scratch.resolve("state"))) {
      knock(machine);
      awaitFrozen(machine);
      long pid = machine.child.pid();
      await("asleep itself")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(200))
          .until(() -> memory(pid, "VmRSS:") <= MOST_ASLEEP_KB);
      knock(machine);
      awaitFrozen(machine);
    }
  }

  /** Milliseconds to the first message. */
  private long knock(Machine machine) throws Exception {
    knocks++;
    long begun = System.nanoTime();
    var socket = machine.open("/cable");
    assertThat(socket.first.get(20, TimeUnit.SECONDS)).isEqualTo("{\"type\":\"welcome\"}");
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    socket.join().sendClose(1000, "").get(5, TimeUnit.SECONDS);
    return took;
  }

  /** Each knock is followed by one freeze, which is complete when it is logged. */
  private void awaitFrozen(Machine machine) {
    await("frozen")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                machine.child.lines().stream().filter(l -> l.contains("cable frozen, ")).count()
                    == knocks);
    var service = machine.service("cable");
    assertThat(service.path("frozen").asBoolean()).isTrue();
    assertThat(service.path("phase").asText()).isEqualTo("Dormant");
  }

  /** proc(5): majflt, the twelfth field of stat; the second one is in parentheses. */
  private static long majorFaults(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[9]);
  }

  /** Pages, of all processes, since boot. */
  private static long swappedIn() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/vmstat"))) {
      return lines
          .filter(line -> line.startsWith("pswpin "))
          .mapToLong(line -> Long.parseLong(line.substring("pswpin ".length())))
          .findFirst()
          .orElseThrow();
    }
  }

  /** In kB. */
  private static long memory(long pid, String field) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  private static String quantiles(List<Long> millis) {
    List<Long> sorted = millis.stream().sorted().toList();
    int last = sorted.size() - 1;
    return String.format(
        Locale.ROOT,
        "n=%d p50=%d ms p99=%d ms",
        sorted.size(),
        sorted.get(last / 2),
        sorted.get(last * 99 / 100));
  }

  private static void report(String text) throws IOException {
    Files.writeString(BASE.resolve("target/freeze-swap.txt"), text);
  }
}
