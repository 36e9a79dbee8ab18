package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.spec.ReaderContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LastGoodTest {
  @TempDir Path directory;
  private LastGood files = new LastGood(new ManifestReader(context()), List.of());

  @BeforeEach
  void threeGoodServices() throws IOException {
    write("a.yaml", service("a", 1) + "---\n" + service("b", 2));
    write("c.yaml", service("c", 3));
    files = new LastGood(new ManifestReader(context()), List.of(directory));
    assertThat(idle()).isEqualTo(Map.of("a", 15, "b", 15, "c", 15));
  }

  @Test
  @Tag("N11")
  void whatIsWrittenAgainAsItWasChangesNothing() throws IOException {
    write("a.yaml", service("a", 1) + "---\n" + service("b", 2));
    assertThat(files.refresh()).isEmpty();
    write("a.yaml", service("a", 1) + "---\n" + service("b", 2, "idleTimeout: 20m"));
    assertThat(idle()).isEqualTo(Map.of("a", 15, "b", 20, "c", 15));
  }

  @Test
  void aFileWithAMistakeStaysAsItWasAndTheOthersAreApplied() throws IOException {
    write("a.yaml", service("a", 1, "idleTimeout: 20m") + "---\n" + service("b", 2, "sleep: x"));
    write("c.yaml", service("c", 3, "idleTimeout: 20m"));
    write("d.yaml", service("d", 4));
    Manifests read = files.refresh().orElseThrow();
    assertThat(idle(read)).isEqualTo(Map.of("a", 15, "b", 15, "c", 20, "d", 15));
    assertThat(read.problems())
        .singleElement()
        .hasToString(
            directory + "/a.yaml:19: spec.sleep: must be Stop or Freeze or Doze, was \"x\"");
    write("a.yaml", service("a", 1, "idleTimeout: 20m"));
    assertThat(idle()).isEqualTo(Map.of("a", 20, "c", 20, "d", 15));
  }

  @Test
  void aNewFileWithAMistakeDoesNotCountAtAll() throws IOException {
    write("d.yaml", service("d", 3));
    Manifests read = files.refresh().orElseThrow();
    assertThat(idle(read)).isEqualTo(Map.of("a", 15, "b", 15, "c", 15));
    assertThat(read.problems()).singleElement().asString().contains("cannot have 3, the port of");
  }

  @Test
  void unreadableEmptyAndVanishedFilesTakeNothingAway() throws IOException {
    write("a.yaml", "a: [");
    assertThat(idle()).isEqualTo(Map.of("a", 15, "b", 15, "c", 15));
    Files.delete(directory.resolve("a.yaml"));
    Files.delete(directory.resolve("c.yaml"));
    Manifests read = files.refresh().orElseThrow();
    assertThat(idle(read)).isEqualTo(Map.of("a", 15, "b", 15, "c", 15));
    assertThat(read.problems())
        .singleElement()
        .hasToString(directory + ": no .yaml or .yml file in this directory");
    Files.delete(directory);
    assertThat(idle()).isEqualTo(Map.of("a", 15, "b", 15, "c", 15));
    Files.createDirectory(directory);
    write("c.yaml", service("c", 3));
    assertThat(idle()).isEqualTo(Map.of("c", 15));
  }

  @Test
  void aDeletedFileThatAnotherNeedsStays() throws IOException {
    write("a.yaml", service("a", 1, "dependsOn: [c]"));
    assertThat(idle()).isEqualTo(Map.of("a", 15, "c", 15));
    Files.delete(directory.resolve("c.yaml"));
    write("b.yaml", service("b", 2));
    Manifests read = files.refresh().orElseThrow();
    assertThat(idle(read)).isEqualTo(Map.of("a", 15, "b", 15, "c", 15));
    assertThat(read.problems()).singleElement().asString().contains("names no service, was \"c\"");
    write("a.yaml", service("a", 1));
    assertThat(idle()).isEqualTo(Map.of("a", 15, "b", 15));
  }

  @Test
  void twoFilesThatOnlyFitTogetherAreHeldTogether() throws IOException {
    write("a.yaml", service("a", 3));
    write("c.yaml", service("c", 1, "sleep: x"));
    Manifests read = files.refresh().orElseThrow();
    assertThat(idle(read)).isEqualTo(Map.of("a", 15, "b", 15, "c", 15));
    write("c.yaml", service("c", 1));
    assertThat(idle()).isEqualTo(Map.of("a", 15, "c", 15));
  }

  @Test
  void atTheStartNothingIsKeptBack() throws IOException {
    write("a.yaml", service("a", 1, "sleep: x"));
    var fresh = new LastGood(new ManifestReader(context()), List.of(directory));
    assertThat(fresh.refresh().orElseThrow().problems()).hasSize(1);
    write("a.yaml", service("a", 1));
    assertThat(idle(fresh.refresh().orElseThrow())).isEqualTo(Map.of("a", 15, "c", 15));
  }

  private Map<String, Integer> idle() {
    return idle(files.refresh().orElseThrow());
  }

  /** The services and their idle timeouts in minutes. */
  private static Map<String, Integer> idle(Manifests read) {
    return read.services().stream()
        .collect(
            Collectors.toMap(
                it -> it.id().name(),
                it -> (int) it.spec().idleTimeout().dividedBy(Duration.ofMinutes(1))));
  }

  private static ReaderContext context() {
    return Reading.in(Path.of("")).context();
  }

  private static String service(String name, int port, String... more) {
    return Reading.cable(more).replace("cable", name).replace("28080", "" + port);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }
}
