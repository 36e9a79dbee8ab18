package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class PlainArgumentsTest {
  private static final Set<String> NAMES = Set.of("-f", "--listen");

  @Test
  void readsBothWaysToWriteAnOption() {
    var plain = PlainArguments.of(List.of("-f", "a b.yaml", "--listen=127.0.0.1:0"), NAMES);
    assertThat(plain.orElseThrow().get("-f")).contains("a b.yaml");
    assertThat(plain.orElseThrow().get("--listen")).contains("127.0.0.1:0");
    assertThat(plain.orElseThrow().get("--admin")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "-f",
        "-f --listen",
        "-f a b",
        "-f a -f b",
        "--listen=",
        "-f=a",
        "-fa",
        "-f @a",
        "--list 127.0.0.1:0",
        "-f 'a'",
        "-f $HOME",
        "stray",
        "-f a --",
        "-f a --admin 127.0.0.1:0"
      })
  void leavesEverythingElseToPicocli(String line) {
    assertThat(PlainArguments.of(List.of(line.split(" ")), NAMES)).isEmpty();
  }

  @Test
  void runKnowsNoOptionThatPicocliDoesNot() {
    Set<String> known =
        new CommandLine(new RunCommand())
            .getCommandSpec().options().stream()
                .flatMap(option -> Stream.of(option.names()))
                .collect(Collectors.toSet());
    assertThat(known).containsAll(RunCommand.PLAIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-f a.yaml",
        "--file=a.yaml --listen 0.0.0.0:80 --admin [::1]:81 --region iad",
        "-f a.yaml --state-dir s --admin-token-file t --log-format json",
        "-f a.yaml --log-format=TEXT",
        "-f a.yaml --exit-when-idle 30m",
        "-f a.yaml --exit-when-idle=1h30m --when-idle Suspend"
      })
  void runUnderstandsTheSameAsWithPicocli(String line) {
    var withPicocli = new RunCommand();
    new CommandLine(withPicocli)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(line.split(" "));
    assertThat(RunCommand.plain(List.of(line.split(" "))).orElseThrow())
        .usingRecursiveComparison()
        .ignoringFields("idle.spec", "nap.spec") // for picocli's own messages
        .isEqualTo(withPicocli);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--listen 127.0.0.1:0",
        "-f a --listen nowhere",
        "-f a --log-format x",
        "-f a --file b",
        "-f a --exit-when-idle soon",
        "-f a --exit-when-idle 10ms",
        "-f a --exit-when-idle 30m --when-idle sleep",
        "-f a --when-idle exit"
      })
  void runLeavesMistakesToPicocli(String line) {
    assertThat(RunCommand.plain(line.isEmpty() ? List.of() : List.of(line.split(" ")))).isEmpty();
  }
}
