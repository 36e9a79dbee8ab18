package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** With {@code -Dcrd.write} it writes what it otherwise compares. */
final class CrdTest {
  @Test
  void theCommittedDefinitionIsWhatTheSchemaSays() throws IOException {
    if (System.getProperty("crd.write") != null) {
      Files.createDirectories(CrdWriter.FILE.toAbsolutePath().getParent());
      Files.writeString(CrdWriter.FILE, CrdWriter.text());
    }
    assertThat(CrdWriter.FILE)
        .as("write it anew: mvn -q test -Dtest=CrdTest -Dcrd.write -P-gates")
        .hasContent(CrdWriter.text());
  }
}
