package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which libraries each command has, and which it loads. */
class LibrariesIT {
  private static final String LOADED = "-Xlog:class+load:file=";

  @TempDir private Path directory;

  @Test
  void runLoadsNothingThatOnlyAClusterNeeds() throws Exception {
    Path log = directory.resolve("classes");
    Path manifest =
        Files.writeString(
            directory.resolve("cable.yaml"),
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: cable}
            spec: {command: [sleep, "9"], port: 0, path: /cable}
            """);
    try (var dormouse =
        Child.dormouse(
            Map.of("DORMOUSE_JAVA_OPTS", LOADED + log),
            "run",
            "-f",
            manifest.toString(),
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--state-dir",
            directory.resolve("state").toString())) {
      dormouse.await("listening on");
    }
    String classes = Files.readString(log);
    assertThat(classes).contains("dev.dormouse.cli.RunCommand ").contains("io.netty.channel.");
    assertThat(classes)
        .doesNotContain(" io.fabric8.", " io.javaoperatorsdk.", " org.slf4j.")
        .doesNotContain(" dev.dormouse.kubernetes.")
        .doesNotContain(" dev.dormouse.scaffold.", ".dataformat.toml.");
  }

  @Test
  void theOperatorHasThemAndSaysWhatIsWrongWithItsCluster() throws Exception {
    Path kubeconfig =
        Files.writeString(
            directory.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            users: [{name: u, user: {}}]
            current-context: c
            """);
    try (var operator =
        Child.dormouse(
            Map.of("KUBECONFIG", kubeconfig.toString()), "operator", "--admin", "127.0.0.1:0")) {
      operator.await("dormouse: cannot start: ");
    }
  }
}
