package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher sets to keep Dormouse small is for Dormouse, and not for what it serves. */
class OwnEnvironmentIT {
  @TempDir Path scratch;

  @Test
  void theLimitsOfOurMemoryAreNotTheServices() throws IOException {
    assertThat(mallocVariables(Map.of())).isEmpty();
  }

  @Test
  void theLimitsThatTheUserHasSetAreTheServicesToo() throws IOException {
    assertThat(mallocVariables(Map.of("MALLOC_ARENA_MAX", "2")))
        .containsExactly("MALLOC_ARENA_MAX=2");
    assertThat(mallocVariables(Map.of("MALLOC_MMAP_THRESHOLD_", "70000")))
        .containsExactly("MALLOC_MMAP_THRESHOLD_=70000");
  }

  /** As a service of a Dormouse with this environment has them. */
  private List<String> mallocVariables(Map<String, String> env) throws IOException {
    Path manifest =
        Files.writeString(
            scratch.resolve("environment.yaml"),
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata:
              name: environment
            spec:
              command: [sh, -c, "env | grep ^MALLOC; echo told; exec sleep 60"]
              activation: Always
              port: 0
              path: /environment
            """);
    try (var machine = new Machine(env, manifest, scratch.resolve("state"))) {
      machine.child.await("| told");
      return machine.child.lines().stream()
          .filter(line -> line.contains("| MALLOC"))
          .map(line -> line.replaceFirst(".*\\| ", ""))
          .toList();
    }
  }
}
