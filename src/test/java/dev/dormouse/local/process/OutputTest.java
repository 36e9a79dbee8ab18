package dev.dormouse.local.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.local.ProcessRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTest {
  @TempDir Path dir;
  private Path file;
  private Output output;

  @BeforeEach
  void begin() throws IOException {
    file = dir.resolve("state/cable.log");
    output = new Output(ProcessRig.CABLE, file);
    output.open();
  }

  @Test
  void aLineIsTakenUpOnceItIsComplete() throws IOException {
    append("one\ntw");
    assertThat(output.lines()).containsExactly("one");
    append("o\n\nthree");
    assertThat(output.lines()).containsExactly("one", "two");
    output.finish();
    assertThat(output.lines()).containsExactly("one", "two", "three");
  }

  @Test
  void onlyTheLastLinesAreKept() throws IOException {
    for (int i = 0; i < 60; i++) {
      append("line " + i + "\n");
    }
    assertThat(output.lines()).hasSize(50).startsWith("line 10").endsWith("line 59");
  }

  @Test
  void aLongLineIsCutAndEscapesAreDropped() throws IOException {
    append("x".repeat(5000) + "\n\u001b[1;31mred\u001b[0m\u0007\ttab é\n");
    assertThat(output.lines()).containsExactly("x".repeat(1000), "red\ttab é");
  }

  @Test
  void aFloodIsSkippedExceptForItsEnd() throws IOException {
    append("0123456789abcde\n".repeat(10_000) + "end\n");
    assertThat(output.lines()).hasSize(50).endsWith("end");
    output.read();
    append("0123456789abcde\n".repeat(2_048) + "next\n");
    assertThat(output.lines()).endsWith("next");
  }

  @Test
  void theFileIsEmptiedAndFollowedOn() throws IOException {
    append("y".repeat(1 << 20) + "\n");
    assertThat(Files.size(file)).isZero();
    append("after\n");
    assertThat(output.lines()).endsWith("after");
    assertThat(Files.size(file)).isEqualTo(6);
  }

  @Test
  void anotherProcessIsHeardFromItsFirstLineAndTheOldLinesStay() throws IOException {
    append("old\n");
    output.close();
    Files.writeString(file, "unheard\n", UTF_8, APPEND);
    output.open();
    assertThat(output.lastWords()).isEmpty();
    append("new\n");
    assertThat(output.lines()).containsExactly("old", "new");
  }

  @Test
  void theLastWordsAreNotThoseOfAStackTrace() throws IOException {
    append("no such file (LoadError)\n\tfrom a.rb:1\n    from b.rb:2\n");
    assertThat(output.lastWords()).contains("no such file (LoadError)");
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, UTF_8, APPEND);
    output.read();
  }
}
