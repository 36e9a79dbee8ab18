package dev.dormouse.kubernetes.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Condition;
import dev.dormouse.core.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What programs may rely on stands where people look for it. */
class ExtraConditionTest {
  @ParameterizedTest
  @MethodSource
  void everyConditionAndReasonIsDocumented(String word) throws IOException {
    assertThat(Files.readString(Path.of("src/docs/kubernetes.md"))).contains("`" + word + "`");
  }

  static Stream<String> everyConditionAndReasonIsDocumented() {
    return Stream.of(
            Stream.of(ExtraCondition.Type.values()).map(ExtraCondition.Type::word),
            Stream.of(Condition.Reason.values())
                .filter(it -> it != Condition.Reason.DOZING) // on one machine only
                .map(Condition.Reason::word),
            Stream.of(FailureReason.values())
                .filter(it -> it != FailureReason.PORT_BUSY) // on one machine only
                .map(StatusReader::word))
        .flatMap(it -> it)
        .distinct();
  }
}
