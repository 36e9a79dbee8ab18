package dev.dormouse.navigator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathPatternTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "^/cable$ /cable",
        "^/showcase/regions/$FLY_REGION(/cable)$ /showcase/regions/{region}/cable",
        "^/showcase/regions/${FLY_REGION}/cable$ /showcase/regions/{region}/cable",
        "^/regions/iad/cable$ /regions/{region}/cable",
        "^/iadx/cable$ /iadx/cable",
        "^/a\\.b/c$ /a.b/c",
        "^/rooms/[^/]+$ /rooms/{part1}",
        "^/rooms/(?P<id>\\w+)/(?:live)$ /rooms/{part1}/live",
        "^/x/?$ /x/,/x",
        "^/(a|b)/c$ /a/c,/b/c",
        "^/cable(/.*)?$ /cable",
        "^/cable.*$ /cable",
        "\\A/cable\\z /cable",
      })
  void comesToThesePaths(String regex, String paths) {
    assertThat(read(regex).paths())
        .extracting(PathPattern.Path::text)
        .containsExactly(paths.split(","));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^/.*$",
        "^/.+$",
        "^/a[bc]d$",
        "^/x\\d$",
        "(?i)^/x$",
        "^/(x$",
        "^/x)$",
        "^/[x$",
        "^cable$",
        "^/x{2}$",
        "\\",
        "",
        "^/(a|b)(a|b)(a|b)(a|b)(a|b)$",
        "^/\\p{L}$",
        "^/a b$"
      })
  void cannotBeExpressed(String regex) {
    assertThat(read(regex).paths()).isEmpty();
    assertThat(read(regex).remarks()).isNotEmpty();
  }

  @Test
  void groupsAreFilledIn() {
    var path = read("^/(a)/([^/]+)(/x)?$").paths().getLast();
    assertThat(path.fill("/$1-$2$3")).isEqualTo("/a-{part1}");
  }

  @Test
  @Tag("N2")
  void whatIsNotBoundIsToldToBeExactNow() {
    assertThat(read("^/cable").remarks()).hasSize(1);
    assertThat(read("/cable$").remarks()).hasSize(1);
    assertThat(read("^/cable$").remarks()).isEqualTo(List.of());
  }

  private static PathPattern.Reading read(String regex) {
    return PathPattern.read(regex, Optional.of("iad"));
  }
}
