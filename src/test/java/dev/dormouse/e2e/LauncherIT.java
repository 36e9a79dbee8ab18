package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code bin/dormouse} tells the runtime of the roles of a cluster: one that only repeats it.
 */
class LauncherIT {
  private static final Path HOME = Path.of(System.getProperty("dormouse.home"));

  private static final String REPEATS =
      """
      #!/bin/sh
      echo "plugin=${DORMOUSE_KUBECTL_PLUGIN:-}"
      for word; do echo "$word"; done
      """;

  @TempDir Path runtime;

  @BeforeEach
  void pretendToBeJava() throws IOException {
    Files.writeString(runtime.resolve("release"), "JAVA_VERSION=\"25\"\n");
    Path java = Files.createDirectory(runtime.resolve("bin")).resolve("java");
    Files.writeString(java, REPEATS);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Half and an eighth of the container's limit; the rest is for classes, code and threads. */
  @ParameterizedTest
  @CsvSource({
    "operator, 512, -Xmx256m, -XX:MaxDirectMemorySize=64m",
    "activator, 512, -Xmx256m, -XX:MaxDirectMemorySize=64m",
    "activator, 1024, -Xmx512m, -XX:MaxDirectMemorySize=128m",
    "activator, '', -Xmx512m, -XX:MaxDirectMemorySize=128m",
    "operator, 64000, -Xmx4096m, -XX:MaxDirectMemorySize=1024m"
  })
  void heapAndDirectMemoryComeFromOneFigure(String role, String limit, String heap, String direct)
      throws InterruptedException {
    assertThat(options(Map.of("DORMOUSE_MEMORY_MB", limit), role))
        .contains(heap, direct)
        .noneMatch(it -> it.contains("RAM"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "demo", "operator", "activator"})
  void whatRunsOnEndsWhenItsMemoryIsUsedUp(String role) throws InterruptedException {
    assertThat(options(Map.of(), role)).contains("-XX:+ExitOnOutOfMemoryError");
  }

  @Test
  void whatIsNoFigureIsRefused() throws InterruptedException {
    assertThat(options(Map.of("DORMOUSE_MEMORY_MB", "512Mi"), "operator"))
        .containsExactly("dormouse: DORMOUSE_MEMORY_MB=512Mi is not a number of megabytes");
  }

  /** kubectl finds plugins by their names on the PATH, where they may be links. */
  @Test
  void asAPluginOfKubectlItIsAboutItsCluster() throws Exception {
    Path link = runtime.resolve("kubectl-dormouse");
    Files.createSymbolicLink(link, HOME.resolve("bin/kubectl-dormouse"));
    assertThat(said(List.of(link.toString(), "wake", "cable"), Map.of()))
        .contains("plugin=1", "wake", "cable")
        .anyMatch(it -> it.contains("/lib/kubernetes/kubernetes-client-api-"));
    assertThat(options(Map.of(), "status"))
        .contains("plugin=")
        .anyMatch(it -> it.contains("/lib/kubernetes/"));
    assertThat(options(Map.of(), "run"))
        .contains("plugin=")
        .noneMatch(it -> it.contains("/lib/kubernetes/"));
  }

  private List<String> options(Map<String, String> more, String... arguments)
      throws InterruptedException {
    var command = new ArrayList<>(List.of(HOME.resolve("bin/dormouse").toString()));
    command.addAll(List.of(arguments));
    return said(command, more);
  }

  private List<String> said(List<String> command, Map<String, String> more)
      throws InterruptedException {
    Map<String, String> env = new HashMap<>(more);
    env.put("DORMOUSE_JAVA_HOME", runtime.toString());
    try (var child = Child.start(env, command)) {
      child.process().waitFor();
      child.awaitEnd();
      return child.lines();
    }
  }
}
