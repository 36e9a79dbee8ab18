package dev.dormouse.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.local.process.ProcFs.Range;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of the mappings in smaps are let go of; that they are is {@code FootprintIT}'s. */
class CleanPagesTest {
  private static final String MAPPING =
      """
      7f0000001000-7f0000003000 PERMISSIONS 00b49000 fe:00 INODE         /opt/a lib/jvm.so (deleted)
      Size:                  8 kB
      Rss:                   8 kB
      Private_Clean:         8 kB
      Anonymous:             ANONYMOUS kB
      Swap:                  SWAP kB
      SwapPss:               0 kB
      VmFlags: rd mr mw me
      """;

  @ParameterizedTest
  @CsvSource({"r--p", "r-xp", "r--s"})
  void letsGoOfWhatIsOfAFileAndWasNeverWritten(String permissions) throws IOException {
    assertThat(CleanPages.in(smaps(permissions, "2221079", "0", "0")))
        .extracting(CleanPages.Mapping::range)
        .containsExactly(new Range(0x7f0000001000L, 0x7f0000003000L));
  }

  @ParameterizedTest
  @CsvSource({
    "rw-p, 2221079, 0, 0", // may be written at any moment
    "rwxp, 2221079, 0, 0",
    "rw-s, 2221079, 0, 0",
    "r--p, 2221079, 4, 0", // relocated by the loader, then made read-only
    "r--p, 2221079, 0, 4", // and swapped out since
    "r-xp, 2221079, 8, 4",
    "r--p, 0, 0, 0", // of no file
  })
  void keepsEverythingElse(String permissions, String inode, String anonymous, String swap)
      throws IOException {
    assertThat(CleanPages.in(smaps(permissions, inode, anonymous, swap))).isEmpty();
  }

  @Test
  void looksAtEachMappingForItself() throws IOException {
    String[] mappings = {
      MAPPING.replace("PERMISSIONS", "r--p").replace("ANONYMOUS", "12"),
      MAPPING.replace("7f0000001000-7f0000003000", "a000-c000").replace("PERMISSIONS", "r-xp"),
      MAPPING.replace("7f0000001000-7f0000003000", "c000-d000").replace("PERMISSIONS", "rw-p")
    };
    String all = String.join("", mappings).replace("ANONYMOUS", "0").replace("SWAP", "0");
    assertThat(CleanPages.in(reader(all.replace("INODE", "7"))))
        .extracting(CleanPages.Mapping::range)
        .containsExactly(new Range(0xa000, 0xc000));
  }

  private static BufferedReader smaps(
      String permissions, String inode, String anonymous, String swap) {
    return reader(
        MAPPING
            .replace("PERMISSIONS", permissions)
            .replace("INODE", inode)
            .replace("ANONYMOUS", anonymous)
            .replace("SWAP", swap));
  }

  private static BufferedReader reader(String text) {
    return new BufferedReader(new StringReader(text));
  }
}
