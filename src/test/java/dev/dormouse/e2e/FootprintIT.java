package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code dormouse run} consists of while its service sleeps: counts, never times. */
class FootprintIT {
  private static final Path HOME = Path.of(System.getProperty("dormouse.home"));

  /**
   * 4,841 when this was written: all that was loaded in the rehearsal, of which 700 are lambdas,
   * and some 40 are for coming back from a nap.
   */
  private static final int MOST_CLASSES = 4_900;

  /**
   * 11 of the JVM's own, and ours: I/O, control, file watch, look-out, reactor's timer, and for
   * half a second the dry run.
   */
  private static final int MOST_THREADS = 18;

  /** DESIGN: 25 MB of anonymous memory, 60 MB in all; what hosts differ by on top. */
  private static final long MOST_ANONYMOUS_KB = 30 * 1024;

  @TempDir Path scratch;

  @Test
  void isSmallWhileItsServiceSleeps() throws IOException {
    Path classes = scratch.resolve("classes.log");
    try (var child = run(Map.of("DORMOUSE_JAVA_OPTS", "-Xlog:class+load:file=" + classes))) {
      assertThat(child.lines()).noneMatch(line -> line.contains("without AOT cache"));
      Path proc = Path.of("/proc", Long.toString(child.pid()));
      assertThat(number(proc, "Threads:")).isLessThanOrEqualTo(MOST_THREADS);
      assertThat(number(proc, "RssAnon:")).isLessThan(MOST_ANONYMOUS_KB);
      List<String> loaded = loaded(classes);
      assertThat(loaded).hasSizeBetween(1_000, MOST_CLASSES);
      assertThat(loaded)
          .noneMatch(name -> name.startsWith("io.fabric8."))
          .noneMatch(name -> name.startsWith("io.javaoperatorsdk."))
          .noneMatch(name -> name.startsWith("dev.dormouse.kubernetes."))
          .noneMatch(name -> name.startsWith("org.junit."))
          .noneMatch(name -> name.startsWith("picocli."))
          .noneMatch(name -> name.equals("jdk.internal.foreign.abi.AbstractLinker"))
          .noneMatch(name -> name.equals("java.time.zone.TzdbZoneRulesProvider"))
          .noneMatch(name -> name.equals("sun.util.calendar.ZoneInfoFile"))
          .noneMatch(name -> name.startsWith("java.util.Comparator$$Lambda/"));
    }
  }

  /**
   * The JVM's code and most of the cache; over half of it when this was written. A second time,
   * what probes bring back.
   */
  @Test
  void letsGoOfWhatItOnlyNeededAtItsStart() throws IOException {
    try (var machine = new Machine(manifest(), scratch.resolve("state"))) {
      Path proc = Path.of("/proc", Long.toString(machine.child.pid()));
      long awake = number(proc, "RssFile:") * 2 / 3;
      await("asleep itself")
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> number(proc, "RssFile:") < awake);
      await("brought back") // it may let go again in the middle
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                for (String path : List.of("/livez", "/services", "/", "/metrics")) {
                  assertThat(machine.get(machine.adminPort, path).body())
                      .isNotEmpty()
                      .doesNotContain("dry-run");
                }
                return number(proc, "RssFile:") > awake;
              });
      await("asleep again")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> number(proc, "RssFile:") < awake);
      assertThat(machine.child.terminate()).isZero();
    }
  }

  @Test
  void takesAllButAFewClassesFromTheCache() throws IOException {
    Path classes = scratch.resolve("classes.log");
    try (var child = run(Map.of("DORMOUSE_JAVA_OPTS", "-Xlog:class+load:file=" + classes))) {
      assertThat(child.pid()).isPositive();
      assertThat(lines(classes).filter(line -> !line.contains("shared objects file")))
          .hasSizeLessThan(150);
    }
  }

  /** Field 19 of proc_pid_stat(5), the 17th behind the name, which may have spaces. */
  @Test
  void theCompilerGivesWayToClients() throws IOException {
    try (var child = run(Map.of());
        Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(child.pid()), "task"))) {
      assertThat(threads.map(FootprintIT::stat).filter(stat -> stat.contains("(C1 Compiler")))
          .isNotEmpty()
          .allMatch(stat -> stat.substring(stat.indexOf(')') + 2).split(" ", -1)[16].equals("3"));
      assertThat(child.lines()).noneMatch(line -> line.contains("warning"));
    }
  }

  private static String stat(Path thread) {
    try {
      return Files.readString(thread.resolve("stat"));
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  @Test
  void aCacheMadeByAnotherJavaIsLeftAlone() throws IOException {
    Path copy = copyOfHome();
    Path release = copy.resolve("lib/dormouse.aot.release");
    Files.writeString(
        release, Files.readString(release).replace("JAVA_VERSION=\"", "JAVA_VERSION=\"9"));
    servesWithoutCache(copy, Map.of());
  }

  @Test
  void aCacheThatJavaRefusesIsDoneWithout() throws IOException {
    Path copy = copyOfHome();
    servesWithoutCache(copy, Map.of("DORMOUSE_JAVA_OPTS", "-XX:+UseCompactObjectHeaders"));
    Files.write(copy.resolve("lib/dormouse.aot"), new byte[4096]);
    servesWithoutCache(copy, Map.of());
  }

  @Test
  void aCopyOfTheDistributionKeepsItsCache() throws IOException {
    try (var child = start(copyOfHome(), Map.of())) {
      child.await("listening on");
      assertThat(child.terminate()).isZero();
      assertThat(child.lines()).noneMatch(line -> line.contains("without AOT cache"));
    }
  }

  private void servesWithoutCache(Path home, Map<String, String> env) throws IOException {
    try (var child = start(home, env)) {
      child.await("without AOT cache");
      child.await("listening on");
      assertThat(child.terminate()).isZero();
      assertThat(child.lines()).noneMatch(line -> line.contains("[aot"));
    }
  }

  private Child run(Map<String, String> env) throws IOException {
    Child child = start(HOME, env);
    child.await("listening on");
    return child;
  }

  private Child start(Path home, Map<String, String> env) throws IOException {
    List<String> command =
        List.of(
            home.resolve("bin/dormouse").toString(),
            "run",
            "-f",
            manifest().toString(),
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--state-dir",
            scratch.resolve("state").toString());
    return Child.start(env, command);
  }

  private Path manifest() throws IOException {
    return Files.writeString(
        scratch.resolve("cable.yaml"),
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata:
          name: cable
        spec:
          command: [sleep, "60"]
          port: 0
          path: /cable
        """);
  }

  /** With the times of its files, which the cache is tied to. */
  private Path copyOfHome() throws IOException {
    Path copy = scratch.resolve("a copy");
    try (Stream<Path> all = Files.walk(HOME)) {
      for (Path from : all.toList()) {
        Files.copy(from, copy.resolve(HOME.relativize(from)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return copy;
  }

  private static List<String> loaded(Path log) throws IOException {
    return lines(log)
        .map(line -> line.replaceFirst("^(\\[[^]]*])* *", "").replaceFirst(" .*", ""))
        .toList();
  }

  private static Stream<String> lines(Path log) throws IOException {
    return Files.readAllLines(log).stream().filter(line -> line.contains(" source: "));
  }

  private static long number(Path proc, String key) {
    try {
      return Files.readAllLines(proc.resolve("status")).stream()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
