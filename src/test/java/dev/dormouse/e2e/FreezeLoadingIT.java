package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Foreign functions cost 8 MB: they are loaded only where there is swap and a service asks. */
class FreezeLoadingIT {
  private static final String MADVISE = "dev.dormouse.local.freeze.ProcessMadvise ";
  private static final String NO_SWAP =
      "sleep: Freeze is done as Stop, as it is not possible here: this machine has no swap";

  @TempDir Path scratch;

  @Test
  void nothingIsLoadedForAServiceThatIsStopped() throws IOException {
    List<String> lines = run("Stop");
    assertThat(lines).noneMatch(line -> line.contains(MADVISE));
    assertThat(lines).noneMatch(line -> line.contains("Freeze is done as Stop"));
  }

  @Test
  void withoutSwapNothingIsLoadedEitherAndThatIsSaidOnce() throws IOException {
    boolean swap = Files.readAllLines(Path.of("/proc/swaps")).size() > 1;
    List<String> lines = run("Freeze");
    assertThat(lines.stream().filter(line -> line.contains(MADVISE))).hasSize(swap ? 1 : 0);
    assertThat(lines.stream().filter(line -> line.contains(NO_SWAP))).hasSize(swap ? 0 : 1);
  }

  /** All output of a run in which a service is woken by hand and put to sleep. */
  private List<String> run(String sleep) throws IOException {
    Path manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: echo}
            spec:
              command: [sh, -c, "while :; do sleep 1; done"]
              activation: Always
              sleep: SLEEP
            """
                .replace("SLEEP", sleep));
    var env = Map.of("DORMOUSE_JAVA_OPTS", "-Xlog:class+load");
    try (var child =
        Child.dormouse(
            env,
            "run",
            "-f",
            manifest.toString(),
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--state-dir",
            scratch.resolve("state").toString())) {
      child.await("waking -> active");
      if (sleep.equals("Freeze")) {
        child.await(
            "loads or says",
            line -> line.contains(MADVISE) || line.contains(NO_SWAP),
            0,
            java.time.Duration.ofSeconds(20));
      }
      child.terminate();
      return child.lines();
    }
  }
}
