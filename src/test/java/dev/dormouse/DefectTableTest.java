package dev.dormouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The table of defects in {@code src/docs/defects.md} says the truth: each one has a test that
 * carries its id.
 */
class DefectTableTest {
  private static final Path TESTS = Path.of("src/test/java");
  private static final Pattern ROW =
      Pattern.compile("\\| ([DNP]\\d+) \\| ([^|]+) \\| ([^|]+) \\|", Pattern.MULTILINE);
  private static final Pattern NAMED = Pattern.compile("`(\\w+)#(\\w+)`");
  private static final Pattern ID = Pattern.compile("[DNP]\\d+");

  private record Row(String id, String proof) {}

  @Test
  void everyDefectHasOneRowInOrder() throws IOException {
    assertThat(rows().stream().map(Row::id)).containsExactlyElementsOf(ids().toList());
  }

  @Test
  void everyTestThatTheTableNamesExistsAndCarriesTheId() throws IOException {
    for (Row row : rows()) {
      var named = NAMED.matcher(row.proof());
      boolean any = false;
      while (named.find()) {
        any = true;
        assertThat(tags(named.group(1), named.group(2))).as(row.toString()).contains(row.id());
      }
      assertThat(any || row.proof().startsWith("Cannot arise: ")).as(row.toString()).isTrue();
    }
  }

  @Test
  void noTestCarriesAnIdThatIsNone() {
    assertThat(ids()).containsAll(used());
  }

  private static Stream<String> ids() {
    return Stream.of(numbered("D", 45), numbered("P", 10), numbered("N", 14)).flatMap(it -> it);
  }

  private static Stream<String> numbered(String letter, int last) {
    return IntStream.rangeClosed(1, last).mapToObj(number -> letter + number);
  }

  private static List<Row> rows() throws IOException {
    return ROW.matcher(Files.readString(Path.of("src/docs/defects.md")))
        .results()
        .map(it -> new Row(it.group(1), it.group(3)))
        .toList();
  }

  private static Set<String> used() {
    var used = new TreeSet<String>();
    sources()
        .map(DefectTableTest::load)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .flatMap(DefectTableTest::tags)
        .filter(tag -> ID.matcher(tag).matches())
        .forEach(used::add);
    assertThat(used).as("the tags are found at all").hasSizeGreaterThan(50);
    return used;
  }

  private static Set<String> tags(String type, String method) {
    var found = new TreeSet<String>();
    sources()
        .filter(file -> file.endsWith(type + ".java"))
        .map(DefectTableTest::load)
        .flatMap(it -> Arrays.stream(it.getDeclaredMethods()))
        .filter(it -> it.getName().equals(method))
        .flatMap(DefectTableTest::tags)
        .forEach(found::add);
    return found;
  }

  private static Stream<String> tags(Method method) {
    return Arrays.stream(method.getAnnotationsByType(Tag.class)).map(Tag::value);
  }

  private static Stream<Path> sources() {
    try (Stream<Path> files = Files.walk(TESTS)) {
      return files.filter(file -> file.toString().matches(".*(Test|IT)\\.java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Without its static initialization: an integration test needs the built product for that. */
  private static Class<?> load(Path source) {
    String name = TESTS.relativize(source).toString().replace(".java", "").replace('/', '.');
    try {
      return Class.forName(name, false, DefectTableTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
