package dev.dormouse.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.RoutePath.Match;
import dev.dormouse.core.ServiceSpec.Route;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RoutePathTest {
  private static final Optional<String> HERE = Optional.of("iad");

  @ParameterizedTest
  @CsvSource({
    "/cable, /cable, true",
    "/cable, /cable/, false",
    "/cable, /%63ab%6Ce, true",
    "/caf%c3%a9, /caf%C3%A9, true",
    "/caf%C3%A9, /caf%c3%a9, true",
    "/%7Eme, /~me, true",
    "/a%2Fb, /a%2fb, true",
    "/a%2Fb, /a/b, false",
    "/a/b, /a%2Fb, false",
    "/a, /%2561, false",
    "/a!b, /a%21b, false",
    "/ws/*, /ws, false",
    "/ws/*, /ws/, true",
    "/ws/*, /ws/a, true",
    "/ws/*, /ws/a/b//c, true",
    "/ws/*, /%77s/a, true",
    "/ws/*, /wsx/a, false",
    "/ws*, /ws, true",
    "/ws*, /ws%78/a, true",
    "/ws*, /w, false",
    "/*, /, true",
    "/*, /a/b, true",
    "/r/{id}/*, /r/1/, true",
    "/r/{id}/*, /r//x, false",
    "/r/{id}/*, /r/1, false",
    "/{region}/*, /iad/x, true",
    "/{region}/*, /lhr/x, false",
  })
  void matches(String pattern, String path, boolean matches) {
    assertThat(match(pattern, path).isPresent()).isEqualTo(matches);
  }

  /** What a server behind us may take for another directory, however it reads it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "..",
        ".",
        "%2e%2E",
        ".%2e",
        "../admin",
        "a/../../admin",
        "a/..",
        "..;/admin",
        "a%2F..%2fb",
        "..%2Fadmin",
        "..%5cadmin",
        "a/%2e;x=1/b",
        "a%",
        "a%2",
        "a%zz",
        "a#b",
        "a\\..\\b",
        "{x}",
        "a b"
      })
  void noRestAndNoVariableLeadsToAnotherDirectory(String rest) {
    assertThat(match("/ws/*", "/ws/" + rest)).isEmpty();
    assertThat(match("/{any}/*", "/ws/" + rest)).isEmpty();
    assertThat(match("/ws/{a}", "/ws/" + rest)).isEmpty();
    assertThat(match("/ws/{a}/{b}", "/ws/" + rest)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/ws/*, /ws/a%2fb/c, /*, /a%2fb/c",
    "/ws/*, /ws/, /x/*, /x/",
    "/ws/*, /ws//evil.example/x, /*, /evil.example/x",
    "/ws*, /%77s/a, /b*, /b/a",
    "/r/{id}/*, /r/%31/a/b, /{id}/in/*, /%31/in/a/b",
    "/r/{id}/*, /r/1/a, /all, /all",
    "/r/{id}, /r/*, /x/{id}/y, /x/*/y",
  })
  void fillsTheUpstreamPathWithWhatCame(String pattern, String path, String declared, String seen) {
    assertThat(match(pattern, path).map(it -> it.fill(declared))).contains(seen);
  }

  /** A nested quantifier would match these by recursion. */
  @Test
  void theLongestPathsAreMatchedInConstantStack() {
    String longest = "x%41".repeat(250_000);
    String deepest = "/a".repeat(500_000);
    String encoded = "%2F.a".repeat(200_000);
    for (String pattern : List.of("/t/{tenant}/*", "/t/*", "/t*", "/*", "/t/{x}/{y}")) {
      assertThat(match(pattern, "/t/" + longest + "/" + longest)).as(pattern).isPresent();
      assertThat(match(pattern, "/t/" + longest + "/" + encoded)).as(pattern).isPresent();
      assertThat(match(pattern, "/t" + deepest + "/.")).as(pattern).isEmpty();
    }
    assertThat(match("/t/*", "/t" + deepest)).isPresent();
  }

  /** Against all paths of up to four segments of a small alphabet. */
  @Test
  void overlapsAndLiesWithinAsThePathsThemselvesSay() {
    List<RequestPath> paths =
        paths(List.of("", "a", "b", "ab", "c"), 4).stream().map(RequestPath::of).toList();
    List<String> texts = new ArrayList<>(paths(List.of("", "a", "b", "ab", "{x}"), 3));
    for (String start : paths(List.of("", "a", "b", "{x}"), 2)) {
      Stream.of("/*", "/a*", "/ab*", "/b*").map(start::concat).forEach(texts::add);
    }
    texts.addAll(List.of("/*", "/a*", "/ab*", "/b*"));
    List<RoutePath> patterns = texts.stream().map(it -> RoutePath.of(it, HERE)).toList();
    List<BitSet> matched = patterns.stream().map(it -> matched(it, paths)).toList();
    SoftAssertions.assertSoftly(
        all -> {
          for (int i = 0; i < patterns.size(); i++) {
            for (int j = 0; j < patterns.size(); j++) {
              RoutePath one = patterns.get(i);
              RoutePath two = patterns.get(j);
              var rest = (BitSet) matched.get(i).clone();
              rest.andNot(matched.get(j));
              String both = texts.get(i) + " and " + texts.get(j);
              if (one.overlaps(two) != matched.get(i).intersects(matched.get(j))) {
                all.fail(both + " overlap: " + one.overlaps(two));
              }
              if (one.isWithin(two) != rest.isEmpty()) {
                all.fail(both + " within: " + one.isWithin(two));
              }
              boolean narrower = rest.isEmpty() && !matched.get(i).equals(matched.get(j));
              if (narrower && RoutePath.bySpecificity(one, two) >= 0) {
                all.fail(both + " are asked in the wrong order");
              }
            }
          }
        });
  }

  private static BitSet matched(RoutePath pattern, List<RequestPath> paths) {
    var matched = new BitSet();
    IntStream.range(0, paths.size())
        .filter(k -> pattern.match(paths.get(k)).isPresent())
        .forEach(matched::set);
    return matched;
  }

  private static List<String> paths(List<String> segments, int depth) {
    List<String> paths = new ArrayList<>(segments.stream().map("/"::concat).toList());
    for (int from = 0, level = 1; level < depth; level++) {
      List<String> last = List.copyOf(paths.subList(from, paths.size()));
      from = paths.size();
      last.forEach(it -> segments.forEach(segment -> paths.add(it + "/" + segment)));
    }
    return paths;
  }

  /** One and another route, and whether they may stand beside one another. */
  @ParameterizedTest
  @CsvSource({
    "/cable, /cable, false",
    "/cable, /{x}, false",
    "/cable, /*, true",
    "/{x}, /*, true",
    "/ws/*, /*, true",
    "/ws/*, /ws*, true",
    "/*, /*, false",
    "/ws*, /{x}, false",
    "/ws/*, /{x}/y, false",
    "h/cable, /cable, false",
    "h/cable, /*, true",
    "h/*, /cable, false",
    "h/*, /*, false",
    "h/cable, g/cable, true",
    "/%63able, /cable, false",
  })
  void onlyAnExceptionToAStarMayOverlap(String one, String two, boolean fit) {
    assertThat(route(one).conflictsWith(route(two))).isNotEqualTo(fit);
    assertThat(route(two).conflictsWith(route(one))).isNotEqualTo(fit);
  }

  private static RoutePattern route(String text) {
    int slash = text.indexOf('/');
    Optional<String> host = Optional.of(text.substring(0, slash)).filter(it -> !it.isEmpty());
    return RoutePattern.of(new Route(host, text.substring(slash), Optional.empty()), HERE);
  }

  private static Optional<Match> match(String pattern, String path) {
    return RoutePath.of(pattern, HERE).match(RequestPath.of(path));
  }
}
