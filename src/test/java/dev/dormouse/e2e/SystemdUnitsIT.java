package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The units, judged by systemd itself; no systemd has to run for that. */
class SystemdUnitsIT {
  private static final Path UNITS =
      Path.of(System.getProperty("dormouse.basedir"), "manifests/systemd");

  @TempDir Path scratch;

  @Test
  void theirExposureIsTwoAndAHalfAtMost() throws Exception {
    String unit = UNITS.resolve("dormouse.service").toString();
    assertThat(analyze("security", "--offline=yes", "--threshold=25", unit))
        .contains("Overall exposure level for dormouse.service");
    assertThat(Files.readAllLines(Path.of(unit)))
        .contains("Type=notify", "NonBlocking=yes", "NotifyAccess=main")
        .noneMatch(it -> it.startsWith("MemoryDenyWriteExecute"));
  }

  @Test
  void theyHaveNoMistake() throws Exception {
    for (String name : List.of("dormouse.service", "dormouse.socket")) {
      String text = Files.readString(UNITS.resolve(name));
      Files.writeString(
          scratch.resolve(name),
          text.replace("ExecStart=/usr/bin/dormouse", "ExecStart=/bin/true"));
    }
    String said =
        analyze(
            "verify",
            scratch.resolve("dormouse.service").toString(),
            scratch.resolve("dormouse.socket").toString());
    assertThat(said.lines()).noneMatch(it -> it.contains("dormouse."));
  }

  private static String analyze(String... arguments) throws Exception {
    var command = new ArrayList<>(List.of("systemd-analyze"));
    command.addAll(List.of(arguments));
    try (Child child = Child.start(Map.of(), command)) {
      assertThat(child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      child.awaitEnd();
      String said = String.join("\n", child.lines());
      assertThat(child.process().exitValue()).as(said).isZero();
      return said;
    }
  }
}
