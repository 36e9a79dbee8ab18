package dev.dormouse.api.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.Reading;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import dev.dormouse.core.ServiceSpec.Sleep;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How {@code sleep: Doze} is declared on one machine. */
class DozeReaderTest {
  @TempDir Path directory;

  private ServiceSpec read(String... lines) {
    return Reading.in(directory).only(Reading.service("cable", lines)).spec();
  }

  @Test
  void nothingNeedsToBeSaidOfIt() {
    ServiceSpec spec = read("command: [puma]", "port: 0", "path: /c", "sleep: Doze");
    assertThat(spec.sleep()).isEqualTo(Sleep.DOZE);
    assertThat(spec.doze())
        .isEqualTo(new Doze(Duration.ofSeconds(10), Heartbeat.AUTO, Optional.empty(), List.of()));
  }

  @Test
  void filesAreFoundFromWhereTheProgramRuns() {
    ServiceSpec spec =
        read(
            "command: [puma]",
            "port: 0",
            "path: /c",
            "workingDir: app",
            "sleep: Doze",
            "doze: {wakeOn: {files: [storage/../db.sqlite3, /var/x, db.sqlite3]}}");
    assertThat(spec.doze().wakeOnFiles())
        .containsExactly(directory.resolve("app/db.sqlite3").toString(), "/var/x");
  }

  @Test
  void theSocketIsFoundFromThereToo() {
    ServiceSpec spec =
        read(
            "command: [puma]",
            "socket: tmp/x",
            "path: /c",
            "workingDir: app/..",
            "doze: {wakeOn: {files: [tmp/x]}}");
    assertThat(spec.program().workingDir()).contains(directory.toString());
    assertThat(spec.socket()).contains(directory.resolve("tmp/x").toString());
    assertThat(spec.doze().wakeOnFiles()).containsExactly(spec.socket().orElseThrow());
  }

  @Test
  void whatIsLiveIsNoReasonToStartAnew() {
    String revision = read("command: [puma]", "port: 0", "path: /c").revision();
    ServiceSpec other =
        read("command: [puma]", "port: 0", "path: /c", "sleep: Doze", "doze: {after: 1m}");
    assertThat(other.revision()).isEqualTo(revision);
  }
}
