package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** What only root may do. */
final class Root {
  private Root() {}

  /** Fails for anybody else: a test that needs root and cannot have it has not passed. */
  static void require() {
    assertThat(System.getProperty("user.name"))
        .as(
            "the privileged suite mounts file systems and makes network namespaces: it needs root,"
                + " and a kernel that lets root do that; leave -Pprivileged out without them")
        .isEqualTo("root");
  }

  /** Runs a command that must succeed. */
  static void run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(String.join(" ", command) + ": " + output).isZero();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
