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
            .map(it -> it.split(" ", -1)[1])
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
    assertThat(all.getFirst()).startsWith("FROM ").endsWith(" AS build");
    assertThat(all.getLast()).isEqualTo("ENTRYPOINT [\"/opt/dormouse/bin/dormouse\"]");
  }

  private static Stream<String> instructions() throws IOException {
    String text = Files.readString(Path.of("Dockerfile"));
    return text.replace("\\\n", " ").lines().filter(it -> !it.isBlank() && !it.startsWith("#"));
  }
}
