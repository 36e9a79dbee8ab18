package dev.dormouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be said of the image without building it. */
final class DockerfileTest {
  @Test
  void whatIsCopiedIsThereAndNotIgnored() throws IOException {
    List<String> sources =
        instructions()
            .filter(it -> it.startsWith("COPY ") && !it.contains("--from="))
            .map(it -> List.of(it.split(" ", -1)))
            .flatMap(words -> words.subList(1, words.size() - 1).stream())
            .toList();
    assertThat(sources).contains("pom.xml", "src").allMatch(it -> Files.exists(Path.of(it)));
    assertThat(Files.readAllLines(Path.of(".dockerignore")))
        .contains("*")
        .containsAll(sources.stream().map(it -> "!" + it).toList());
  }

  /** The restricted Pod Security Standard wants to see that it is not 0. */
  @Test
  void theImageRunsAsSomebodyWithANumber() throws IOException {
    List<String> users = instructions().filter(it -> it.startsWith("USER ")).toList();
    assertThat(users).singleElement().asString().matches("USER [1-9][0-9]*:[1-9][0-9]*");
  }

  @Test
  void everyStageThatIsCopiedFromExists() throws IOException {
    List<String> all = instructions().toList();
    assertThat(all.stream().filter(it -> it.startsWith("FROM "))).hasSize(2);
    assertThat(all.stream().filter(it -> it.startsWith("COPY --from=")))
        .isNotEmpty()
        .allMatch(it -> it.startsWith("COPY --from=build /opt/dormouse "));
    assertThat(all.stream().filter(it -> it.startsWith("FROM ")))
        .containsExactly("FROM ${JDK} AS build", "FROM ${BASE}");
  }

  @Test
  void theBasesAreWhatTheirDigestsSay() throws IOException {
    assertThat(instructions().filter(it -> it.matches("ARG (JDK|BASE)=.*")))
        .hasSize(2)
        .allMatch(it -> it.matches("ARG \\w+=[a-z-]+:[a-z0-9-]+@sha256:[0-9a-f]{64}"));
  }

  /** Of the release's own tarball, with its runtime, whatever machine it is built for. */
  @Test
  void theImageIsTheTarball() throws IOException {
    assertThat(instructions())
        .anyMatch(it -> it.contains("-Prelease") && it.contains("target/dormouse-*-linux-*.tar.gz"))
        .noneMatch(it -> it.matches("(?s).*(x86_64|amd64|aarch64|arm64).*"));
  }

  @Test
  void itsLabelsSayWhatItIs() throws IOException {
    String label = instructions().filter(it -> it.startsWith("LABEL ")).findFirst().orElseThrow();
    for (String name : List.of("title", "description", "version", "revision", "base.name")) {
      assertThat(label).contains("org.opencontainers.image." + name + "=");
    }
    assertThat(label).contains("version=\"${VERSION}\"", "revision=\"${REVISION}\"");
  }

  /** What a service leaves behind is reaped, whoever its parent was. */
  @Test
  void anInitIsTheFirstProcess() throws IOException {
    assertThat(instructions().toList().getLast())
        .isEqualTo("ENTRYPOINT [\"/usr/bin/tini\", \"--\", \"/opt/dormouse/bin/dormouse\"]");
    assertThat(instructions())
        .anyMatch(it -> it.matches("RUN apt-get update .*install .* tini .*"));
  }

  private static Stream<String> instructions() throws IOException {
    String text = Files.readString(Path.of("Dockerfile"));
    return text.replace("\\\n", " ").lines().filter(it -> !it.isBlank() && !it.startsWith("#"));
  }
}
