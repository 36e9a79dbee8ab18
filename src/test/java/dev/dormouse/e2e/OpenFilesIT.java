package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java raises its own limit of open files; nobody else is to notice. */
class OpenFilesIT {
  @TempDir Path scratch;

  @Test
  void servicesGetTheLimitThatDormouseWasStartedWith() throws IOException {
    Path manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"), EchoServer.service("echo", "files", "  path: /cable\n"));
    List<String> limited = List.of("sh", "-c", "ulimit -S -n 321 && exec \"$@\"", "sh");
    try (var machine = Machine.under(limited, manifest, scratch.resolve("state"))) {
      machine.open("/cable").join();
      assertThat(limit(machine.pid("echo"))).isEqualTo("321");
      assertThat(limit(machine.child.pid())).as("its own").isNotEqualTo("321");
    }
  }

  private static String limit(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split(" {2,}", -1)[1])
        .findFirst()
        .orElseThrow();
  }
}
