package dev.dormouse.api.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.Reading;
import dev.dormouse.core.ServiceSpec.EnvVar;
import dev.dormouse.core.ServiceSpec.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreezeRulesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "puma -w 2 config.ru",
        "bundle exec puma -b tcp://0.0.0.0:80 -w 2",
        "/usr/bin/puma -w2",
        "puma --workers 4",
        "puma --workers=4",
        "puma -w 0 -w 10"
      })
  void aPumaWithWorkersIsRefused(String command) {
    assertThat(verdict(command)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "puma config.ru",
        "puma -w 0 -t 1:2 config.ru",
        "puma -w0",
        "puma --workers=0",
        "puma --workers 0",
        "sidekiq -w 2",
        "server puma-like -w 2"
      })
  void anyOtherProgramIsNot(String command) {
    assertThat(verdict(command)).isEmpty();
  }

  @Test
  void theEnvironmentSaysHowManyWorkersUnlessAnOptionDoes() {
    assertThat(verdict("puma", new EnvVar("WEB_CONCURRENCY", "2")))
        .hasValueSatisfying(it -> assertThat(it).contains("(WEB_CONCURRENCY=2)"));
    assertThat(verdict("puma", new EnvVar("WEB_CONCURRENCY", "0"))).isEmpty();
    assertThat(verdict("puma -w 0", new EnvVar("WEB_CONCURRENCY", "2"))).isEmpty();
    assertThat(verdict("unicorn", new EnvVar("WEB_CONCURRENCY", "2"))).isEmpty();
  }

  @Test
  void theMistakeNamesTheOptionAndTheWayOut() {
    var problems =
        Reading.in(directory)
            .problems(
                Reading.service(
                    "cable", "command: [puma, -w, \"2\"]", "port: 0", "path: /c", "sleep: Freeze"));
    assertThat(problems)
        .singleElement()
        .asString()
        .contains("spec.sleep: Freeze does not go with the workers of Puma (-w 2)")
        .contains("use -w 0, or declare workers in Puma's config file");
  }

  @Test
  void aSleepThatEndsWithADependencyIsWarnedOf() {
    String redis = "---\n" + Reading.service("redis", "command: [redis]", "port: 0");
    assertThat(warnings(Reading.cable("sleep: Freeze", "dependsOn: [redis]") + redis))
        .singleElement()
        .asString()
        .contains("spec.sleep: Freeze lasts only until redis is stopped");
    assertThat(warnings(Reading.cable("dependsOn: [redis]") + redis)).isEmpty();
    String lasting = redis + "  sleep: Freeze\n";
    assertThat(warnings(Reading.cable("sleep: Freeze", "dependsOn: [redis]") + lasting)).isEmpty();
    String always = redis + "  activation: Always\n";
    assertThat(warnings(Reading.cable("sleep: Freeze", "dependsOn: [redis]") + always)).isEmpty();
  }

  private List<String> warnings(String text) {
    return Reading.in(directory).read(text).services().stream()
        .flatMap(it -> it.warnings().stream())
        .filter(it -> it.contains("spec.sleep"))
        .toList();
  }

  private static Optional<String> verdict(String command, EnvVar... env) {
    List<String> words = Stream.of(command.split(" ", -1)).toList();
    return FreezeRules.conflictWithProgram(
        "Freeze",
        new Program(
            words.subList(0, 1), words.subList(1, words.size()), Optional.empty(), List.of(env)));
  }
}
