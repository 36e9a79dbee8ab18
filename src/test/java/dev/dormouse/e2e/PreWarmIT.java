package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one-liners of {@code manifests/fly/README.md} with which an app wakes its cable. */
class PreWarmIT {
  private static final Path README =
      Path.of(System.getProperty("dormouse.basedir"), "manifests/fly/README.md");

  @TempDir Path scratch;

  @BeforeEach
  void declare() throws IOException {
    Files.writeString(
        scratch.resolve("cable.yaml"),
        String.format(
            Locale.ROOT,
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: action-cable}
            spec: {command: [sh, -c, 'exec %s'], port: 0, path: /cable}
            """,
            SampleCables.command()));
  }

  @Test
  @Tag("N14")
  void anAppWakesItsCableFromRuby() throws Exception {
    try (var machine = machine()) {
      String line = documented("Net::HTTP.post(", machine);
      var ruby =
          Child.start(Map.of(), List.of("ruby", "-rnet/http", "-e", "puts " + line + ".code"));
      assertThat(ruby.process().waitFor()).isZero();
      ruby.await("202");
      machine.awaitPhase("action-cable", "Active");
      assertThat(machine.service("action-cable").has("nextStopTime")).isFalse();
    }
  }

  @Test
  void andFromAShell() throws Exception {
    try (var machine = machine()) {
      String line = documented("curl -sS -X POST ", machine);
      var curl = Child.start(Map.of(), List.of("sh", "-c", line));
      assertThat(curl.process().waitFor()).isZero();
      curl.await("is waking");
      machine.awaitPhase("action-cable", "Active");
    }
  }

  private Machine machine() {
    var machine = new Machine(scratch.resolve("cable.yaml"), scratch.resolve("state"));
    machine.awaitPhase("action-cable", "Dormant");
    return machine;
  }

  private static String documented(String start, Machine machine) throws IOException {
    return Files.readString(README)
        .lines()
        .map(String::strip)
        .filter(it -> it.startsWith(start))
        .findFirst()
        .orElseThrow()
        .replace("8081", "" + machine.adminPort);
  }
}
