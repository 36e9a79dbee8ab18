package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands with which a Navigator configuration is taken over and its changes are reviewed. */
class MoveInIT {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Path CONFIG =
      BASE.resolve("src/test/resources/dev/dormouse/navigator/showcase.yml");
  private static final String DORMOUSE = System.getProperty("dormouse.home") + "/bin/dormouse";

  @TempDir Path scratch;

  private record Ended(int code, String output) {}

  @Test
  void whatIsImportedIsValidAndKnowsItsRegion() throws IOException {
    Path cable = scratch.resolve("cable.yaml");
    Ended imported = shell(DORMOUSE + " import " + CONFIG + " --region iad > " + cable);
    assertThat(imported.code()).isZero();
    assertThat(imported.output()).contains("showcase.yml:27: routes.fly.replay[0]: stays with");
    assertThat(Files.readString(cable)).startsWith("# From ");
    Ended valid = shell(DORMOUSE + " validate -f " + cable);
    assertThat(valid.output()).contains("2 service(s) valid");
    assertThat(shell(DORMOUSE + " render -f " + cable + " --region ord").code()).isZero();
  }

  @Test
  void nothingToTakeOverEndsWithOne() throws IOException {
    Path empty = Files.writeString(scratch.resolve("navigator.yml"), "server: {listen: 3000}\n");
    Ended ended = shell(DORMOUSE + " import " + empty);
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.output()).contains("nothing could be taken over");
    assertThat(shell(DORMOUSE + " import none.yml").output()).contains("none.yml: no such file");
    assertThat(shell(DORMOUSE + " import").code()).isEqualTo(2);
  }

  @Test
  @Tag("P1")
  void aReviewerSeesWhatChangesWhereAndWhatThatDoesToSockets() throws IOException {
    Path showcase = BASE.resolve("manifests/examples/showcase");
    Path changed = scratch.resolve("changed");
    shell("cp -r " + showcase + " " + changed);
    Path cable = changed.resolve("cable.yaml");
    Files.writeString(
        cable,
        Files.readString(cable)
            .replace("ord: {}", "ord: {idleTimeout: 1h}")
            .replace("lhr: {}", "lhr: {command: [bin/cable]}"));
    String both = DORMOUSE + " diff -f " + showcase + " -f ";
    assertThat(shell(both + showcase)).isEqualTo(new Ended(0, ""));
    Ended all = shell(both + changed);
    assertThat(all.code()).isEqualTo(1);
    assertThat(all.output())
        .contains(
            "default/cable in ord:\n  idleTimeout: 15m -> 1h\n  => applied live; open sockets stay")
        .containsPattern(
            "default/cable in lhr:\n  command: .* -> .*bin/cable.*\n  => open sockets");
    assertThat(shell(both + changed + " --region iad")).isEqualTo(new Ended(0, ""));
    Files.writeString(cable, "kind: OnDemandService\n");
    assertThat(shell(both + changed).code()).isEqualTo(2);
    assertThat(shell(DORMOUSE + " diff -f " + showcase).code()).isEqualTo(2);
  }

  @Test
  void bashCompletesCommandsAndOptions() {
    assertThat(completed(1, "ren").strip()).isEqualTo("render");
    assertThat(completed(2, "run --exit-")).contains("--exit-when-idle");
  }

  private static String completed(int word, String words) {
    String script =
        "source <("
            + DORMOUSE
            + " completion); COMP_WORDS=(dormouse "
            + words
            + "); COMP_CWORD="
            + word
            + "; _complete_dormouse; echo \"${COMPREPLY[@]}\"";
    return ended(List.of("bash", "-c", script)).output();
  }

  private static Ended shell(String line) {
    return ended(List.of("sh", "-c", line));
  }

  private static Ended ended(List<String> command) {
    try (Child child = Child.start(Map.of(), command)) {
      assertThat(child.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
      child.awaitEnd();
      return new Ended(child.process().exitValue(), String.join("\n", child.lines()));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
