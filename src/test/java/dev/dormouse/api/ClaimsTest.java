package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClaimsTest {
  @TempDir Path directory;

  @Test
  void theFirstKeepsARouteThatTwoClaim() {
    expect(
        docs(service("a", "path: /cable"), service("b", "routes: [{host: x, path: \"/{y}\"}]")),
        List.of("a"),
        "cable.yaml:17: spec.routes[0]: default/b cannot claim x/{y},"
            + " default/a (cable.yaml:1) has /cable");
  }

  @Test
  void routesOfDifferentHostsOrPathsDoNotCollide() {
    expect(
        docs(
            service(
                "a", "routes: [{host: x, path: /c}, {path: \"/r/{region}\"}, {path: \"/k/{x}\"}]"),
            service("b", "routes: [{host: y, path: /c}, {path: /r/lhr}]"),
            service("c", "routes: [{path: /c/}, {path: /k/}, {path: /C}, {path: \"/{x}/y/z\"}]")),
        List.of("a", "b", "c"));
  }

  @Test
  void theFirstKeepsAPortThatTwoClaim() {
    expect(
        docs(
            Reading.service("a", "command: [x]", "port: 1", "path: /a"),
            Reading.service("b", "command: [x]", "port: 1", "path: /b")),
        List.of("a"),
        "cable.yaml:16: spec.port: default/b cannot have 1, the port of default/a (cable.yaml:1)");
  }

  @Test
  void whatIsRefusedClaimsNothing() {
    expect(
        docs(service("a", "path: /cable", "sleep: x"), service("b", "path: /cable")),
        List.of("b"),
        "cable.yaml:9: spec.sleep: must be Stop or Freeze or Doze, was \"x\"");
  }

  @Test
  void whatIsRefusedForAnotherReasonIsToldOfItsClaimsToo() {
    expect(
        docs(service("a", "path: /cable"), service("b", "path: /cable", "sleep: x")),
        List.of("a"),
        "cable.yaml:17: spec.path: default/b cannot claim /cable,"
            + " default/a (cable.yaml:1) has /cable",
        "cable.yaml:18: spec.sleep: must be Stop or Freeze or Doze, was \"x\"");
  }

  @Test
  void aNameIsTakenOncePerNamespace() {
    expect(
        docs(
            service("a", "path: /1"),
            service("a", "path: /2"),
            service("a", "path: /3").replace("name: a", "name: a\n  namespace: other")),
        List.of("a", "a"),
        "cable.yaml:13: metadata.name: there already is default/a (cable.yaml:1)");
  }

  @Test
  void dependenciesThatLeadBackAreRefusedAndThoseThatLeadThereAreNot() {
    expect(
        docs(
            service("a", "path: /a", "dependsOn: [b]"),
            service("b", "dependsOn: [c]"),
            service("c", "dependsOn: [b]")),
        List.of("a"),
        "cable.yaml:18: spec.dependsOn[0]: must not lead back: b -> c -> b",
        "cable.yaml:27: spec.dependsOn[0]: must not lead back: c -> b -> c");
  }

  @Test
  void aDependencyMustExistInTheSameNamespaceAndStandOnce() {
    expect(
        docs(
            service("a", "path: /a", "dependsOn: [redis, redis, reddis, other]"),
            service("redis", "activation: Always"),
            service("other", "path: /o").replace("name: other", "name: other\n  namespace: n")),
        List.of("redis", "other"),
        "cable.yaml:9: spec.dependsOn[1]: is repeated, was \"redis\"",
        "cable.yaml:9: spec.dependsOn[2]: names no service, was \"reddis\"; did you mean redis?",
        "cable.yaml:9: spec.dependsOn[3]: names no service, was \"other\"");
  }

  @Test
  void aPathIsRequiredUnlessAnotherServiceNeedsThisOne() {
    expect(
        docs(service("a"), service("b", "path: /b", "dependsOn: [c]"), service("c")),
        List.of("b", "c"),
        "cable.yaml:5: spec.path: is required");
  }

  @Test
  void aServiceWhoseDependencyIsRefusedIsKeptWithAWarning() {
    Manifests read =
        Reading.in(directory)
            .read(docs(service("a", "path: /a", "dependsOn: [b]"), service("b", "sleep: x")));
    assertThat(read.services().getFirst().warnings())
        .anyMatch(
            it ->
                it.endsWith(
                    "cable.yaml:9: spec.dependsOn: depends on a service that is"
                        + " refused and will not start"));
  }

  private void expect(String text, List<String> names, String... problems) {
    Reading reading = Reading.in(directory);
    assertThat(reading.problems(text)).containsExactly(problems);
    assertThat(reading.read(text).services()).extracting(it -> it.id().name()).isEqualTo(names);
  }

  private static String service(String name, String... lines) {
    String more = String.join("\n", lines).indent(2);
    return Reading.service(name, "command: [x]", "port: 0") + more;
  }

  private static String docs(String... documents) {
    return String.join("---\n", documents);
  }
}
