package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManifestReaderTest {
  @TempDir Path directory;

  @Test
  void aDirectoryIsReadInTheOrderOfItsFilesAndNotBelow() throws Exception {
    write("b.yaml", Reading.cable().replace("cable", "b").replace("28080", "2"));
    write("a.yml", Reading.cable().replace("cable", "a").replace("28080", "1"));
    write("c.txt", "nonsense: [");
    write(".d.yaml", "nonsense: [");
    write("e/f.yaml", "nonsense: [");
    Manifests read = read(directory, directory.resolve("b.yaml"));
    assertThat(read.problems()).isEmpty();
    assertThat(read.services()).extracting(it -> it.id().name()).containsExactly("a", "b");
  }

  @Test
  void whatCannotBeReadIsAProblemAndTheRestIsRead() throws Exception {
    write("good/a.yaml", Reading.cable());
    write("empty/a.txt", "");
    write("large.yaml", "#".repeat((1 << 20) + 1));
    Files.write(directory.resolve("latin.yaml"), "ä".getBytes(StandardCharsets.ISO_8859_1));
    Manifests read =
        read(path("none"), path("empty"), path("large.yaml"), path("latin.yaml"), path("good"));
    assertThat(read.services()).hasSize(1);
    assertThat(read.problems())
        .extracting(Reading.in(directory)::shown)
        .containsExactlyInAnyOrder(
            "none: no such file or directory",
            "empty: no .yaml or .yml file in this directory",
            "large.yaml: larger than 1048576 bytes",
            "latin.yaml: not UTF-8");
  }

  @Test
  void otherKindsAreNotedAndNoServiceAtAllIsAProblem() {
    Manifests read =
        Reading.in(directory).read("# x\n---\nkind: Deployment\napiVersion: apps/v1\n---\n---\n");
    assertThat(read.notes())
        .extracting(Reading.in(directory)::shown)
        .containsExactly("cable.yaml:3: kind Deployment is ignored");
    assertThat(read.problems())
        .extracting(Reading.in(directory)::shown)
        .containsExactly("cable.yaml: no OnDemandService found");
  }

  @Test
  void aBrokenDocumentHidesNoOther() {
    String text =
        "a: [b\n---\n- x\n---\nkind: OnDemandServices\napiVersion: dormouse.dev/v1alpha1\n---\n{}\n"
            + "---\n"
            + Reading.cable("sleep: x")
            + "---\n"
            + Reading.cable().replace("cable", "other");
    Reading reading = Reading.in(directory);
    assertThat(reading.problems(text))
        .containsExactly(
            "cable.yaml:2: not readable as YAML: while parsing a flow sequence: expected ',' or"
                + " ']', but got <stream end>",
            "cable.yaml:3: must be a mapping with apiVersion, kind, metadata and spec,"
                + " was a list",
            "cable.yaml:5: kind: must be OnDemandService, was \"OnDemandServices\"",
            "cable.yaml:8: kind: is required",
            "cable.yaml:18: spec.sleep: must be Stop or Freeze or Doze, was \"x\"");
    assertThat(reading.read(text).services())
        .singleElement()
        .satisfies(it -> assertThat(it.id()).hasToString("default/other"))
        .satisfies(it -> assertThat(it.line()).isEqualTo(20));
  }

  @Test
  void theLineOfASyntaxErrorIsThatOfTheErrorInTheFile() {
    assertThat(problem("# x\n---\na: b\nc: d\n\te: f\n"))
        .startsWith("cable.yaml:5: not readable as YAML: while scanning for the next token: found");
    assertThat(problem("# x\n---\na: 'x")).startsWith("cable.yaml:3: not readable as YAML: ");
    assertThat(problem("a: b\nc: \u0007\n")).startsWith("cable.yaml:1: not readable as YAML: ");
  }

  @Test
  void mappingsAndListsCanBeRepeatedByAliasAndMergeKey() {
    ValidService cable =
        Reading.in(directory)
            .only(
                Reading.cable(
                    "startup: &bounds {timeout: 40s, hold: 20s}",
                    "args: &args [a, b]",
                    "access: {allowedOrigins: [https://a]}",
                    "regions: {iad: {startup: {<<: *bounds, hold: 10s}, args: *args}}"));
    assertThat(cable.spec().startup().timeout()).hasSeconds(40);
    assertThat(cable.spec().startup().hold()).hasSeconds(10);
    assertThat(cable.spec().program().args()).containsExactly("a", "b");
    assertThat(cable.warnings()).isEmpty();
  }

  @Test
  void aliasesAreBounded() {
    StringBuilder bomb = new StringBuilder("template:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      String aliases = String.join(", ", Collections.nCopies(10, "*a" + (i - 1)));
      bomb.append("  a" + i + ": &a" + i + " [" + aliases + "]\n");
    }
    assertThat(problem(Reading.cable(bomb.toString())))
        .isEqualTo("cable.yaml:14: not readable as YAML: more than 50000 values");
    assertThat(problem(Reading.cable("args: *none")))
        .isEqualTo(
            "cable.yaml:9: not readable as YAML:"
                + " alias *none must repeat a mapping or a list that stands above it");
    assertThat(problem(Reading.cable("template: {x: &x {y: *x}}")))
        .endsWith("alias *x must repeat a mapping or a list that stands above it");
  }

  @Test
  void nestingIsBounded() {
    assertThat(problem("a: " + "[".repeat(500_000)))
        .isEqualTo("cable.yaml:1: not readable as YAML: nested too deep");
    assertThat(problem("? " + "k".repeat(5000) + "\n: 1\n"))
        .isEqualTo("cable.yaml:2: not readable as YAML: nested too deep");
  }

  @Test
  void anyOriginAndAnUnknownRegionAreWarnedOf() {
    String text = Reading.cable().replace("/cable", "\"/{region}\"");
    assertThat(machine().only(text).warnings())
        .extracting(machine()::shown)
        .containsExactly(
            "cable.yaml:8: spec.path: \"/{region}\" matches nothing as long as the region is not"
                + " known",
            "cable.yaml:5: spec.access.allowedOrigins: any origin may connect; list those that"
                + " may, such as https://example.com");
    assertThat(Reading.in(directory).only(text).warnings()).hasSize(1);
  }

  @Test
  void theRevisionChangesWithWhatRunsAndWithNothingElse() {
    String revision = revision();
    assertThat(revision).matches("[0-9a-f]{16}").isEqualTo(revision());
    assertThat(revision("idleTimeout: 1m", "access: {maxConnections: 1}", "sleep: Freeze"))
        .isEqualTo(revision);
    assertThat(
            List.of(
                revision("args: [x]"),
                revision("workingDir: x"),
                revision("env: [{name: A, value: x}]"),
                revision("image: x"),
                revision("resources: {a: x}"),
                revision("template: {a: x}"),
                revision("template: {a: [x]}"),
                revision("template: {a: {x: 1}}"),
                revision("regions: {iad: {port: 1}}"),
                revision("regions: {iad: {command: [other]}}")))
        .doesNotHaveDuplicates()
        .doesNotContain(revision);
    assertThat(revision("template: {a: x, b: y}")).isEqualTo(revision("template: {b: y, a: x}"));
  }

  @Test
  void theDigestIsTheSameInEveryProcess() {
    ValidService cable = Reading.in(directory).only(Reading.cable("workingDir: /w"));
    assertThat(cable.spec().revision()).isEqualTo("4e91a67c1c8c32b3");
  }

  private String revision(String... lines) {
    return Reading.in(directory).only(Reading.cable(lines)).spec().revision();
  }

  private String problem(String text) {
    return String.join("\n", Reading.in(directory).problems(text));
  }

  private Reading machine() {
    return Reading.in(directory).with(ReaderContext.machine(Optional.empty()));
  }

  private Manifests read(Path... paths) {
    return new ManifestReader(ReaderContext.machine(Optional.empty())).read(List.of(paths));
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private void write(String name, String text) throws Exception {
    Files.createDirectories(path(name).getParent());
    Files.writeString(path(name), text);
  }
}
