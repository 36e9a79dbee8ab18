package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.spec.ReaderContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a file holds, reading it ends in a result. The seed is fixed and part of the test. */
final class GarbageTest {
  private static final List<String> SCALARS =
      List.of(
          "~",
          "''",
          "-",
          "1",
          "-1",
          "0x",
          "1_0",
          ".inf",
          "1e999999",
          "true",
          "[]",
          "{}",
          "[~]",
          "[{}]",
          "{a: b}",
          "99999999999999999999",
          "!!binary aGk=",
          "!!int x",
          "*a",
          "&a b",
          "? x",
          "'\0'",
          "\"\\ud800\"",
          "|",
          ">",
          "%",
          "@",
          "2026-01-01",
          "1:30",
          "0o7",
          "08",
          "+",
          "._",
          "0b1",
          "<<: 1");

  @TempDir Path directory;

  @Test
  void randomBytesAreReadWithoutAnException() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 300; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      expectAResult(bytes);
    }
  }

  @Test
  void randomYamlIsReadWithoutAnException() throws Exception {
    String alphabet = "ab:-[]{},&*!|>'\"%@`#? \n\n  \t0123.e+_~<=";
    Random random = new Random(2);
    for (int i = 0; i < 1000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(50); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      expectAResult(text.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void aFieldWithAnyValueIsReadWithoutAnException() throws Exception {
    for (String field : Fields.paths()) {
      StringBuilder documents = new StringBuilder();
      SCALARS.forEach(it -> documents.append("---\n").append(document(field, it)));
      expectAResult(documents.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  @Timeout(60)
  void whatIsVeryMuchIsRefusedSoonAndInAFewWords() throws Exception {
    String service = document("spec.port", "0");
    expectAFew("---\n".repeat(200_000), "more than 1000 documents");
    expectAFew("---\na\n".repeat(150_000), "and 901 more");
    expectAFew("---\nkind: X\n".repeat(80_000), "more than 1000 documents");
    var regions = new StringBuilder(service + " regions:\n");
    var fields = new StringBuilder(service);
    for (int i = 0; i < 20_000; i++) {
      regions.append("  r").append(i).append(": {idleTimeout: 1m}\n");
      fields.append(" f").append(i).append(": 1\n");
    }
    expectAFew(regions.toString(), "spec.regions: must have at most 64 entries");
    expectAFew(fields.toString(), "is unknown");
  }

  private void expectAFew(String text, String problem) throws Exception {
    Manifests read = expectAResult(text.getBytes(StandardCharsets.UTF_8));
    assertThat(read.problems()).hasSizeLessThanOrEqualTo(101);
    assertThat(read.problems()).anyMatch(it -> it.toString().contains(problem));
  }

  private static String document(String field, String value) {
    StringBuilder text = new StringBuilder("kind: OnDemandService\n");
    String indent = "";
    for (String step : field.split("\\.", -1)) {
      text.append(indent).append(step.replace("[]", "")).append(":\n");
      indent = indent + " ";
      if (step.endsWith("[]")) {
        text.append(indent).append("-\n");
        indent = indent + "  ";
      }
    }
    return text.append(indent).append(value).append('\n').toString();
  }

  private Manifests expectAResult(byte[] bytes) throws Exception {
    Path file = Files.write(directory.resolve("garbage.yaml"), bytes);
    ReaderContext context = ReaderContext.machine(Optional.of("iad"));
    Manifests read = new ManifestReader(context).read(List.of(file));
    assertThat(read.services()).isEmpty();
    assertThat(read.problems()).isNotEmpty();
    return read;
  }
}
