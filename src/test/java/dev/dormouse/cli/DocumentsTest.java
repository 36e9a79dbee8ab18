package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.spec.ReaderContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What the documents show is there, is valid and can be typed; their links lead somewhere. */
class DocumentsTest {
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.+)$");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```");
  private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|'[^']*'|[^\\s\"']+");
  private static final int MAX_README_LINES = 250;

  @TempDir Path scratch;

  static List<Path> documents() throws IOException {
    try (var manifests = Files.walk(Path.of("manifests"));
        var docs = Files.list(Path.of("src/docs"))) {
      return Stream.of(Stream.of(Path.of("README.md")), docs, manifests)
          .flatMap(it -> it)
          .filter(it -> it.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  @Test
  void theFirstPageIsShort() throws IOException {
    assertThat(Files.readAllLines(Path.of("README.md"))).hasSizeLessThanOrEqualTo(MAX_README_LINES);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyLinkLeadsSomewhere(Path document) throws IOException {
    List<String> broken = new ArrayList<>();
    for (MatchResult link : LINK.matcher(Files.readString(document)).results().toList()) {
      String target = link.group(1);
      if (!target.matches("[a-z]+:.*") && !leads(document, target)) {
        broken.add(target);
      }
    }
    assertThat(broken).as(document.toString()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyManifestIsValid(Path document) {
    for (String yaml : blocks(document, "yaml")) {
      assertThatCode(() -> new YAMLMapper().readTree(yaml)).as(yaml).doesNotThrowAnyException();
      if (yaml.contains("kind: OnDemandService")) {
        assertThat(problems(yaml)).as(document + ":\n" + yaml).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyCommandCanBeTyped(Path document) throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    for (List<String> command : commands(document)) {
      String program = command.getFirst();
      List<String> arguments = command.subList(1, command.size());
      if (program.endsWith("bin/dormouse") || program.equals("dormouse")) {
        parse(document, arguments);
      } else if (program.startsWith("src/")) {
        assertThat(Path.of(program)).as(document.toString()).isExecutable();
      } else if (program.equals("mvn")) {
        profiles(arguments).forEach(it -> assertThat(pom).contains("<id>" + it + "</id>"));
      }
      arguments.stream()
          .filter(it -> it.startsWith("manifests/"))
          .forEach(it -> assertThat(Path.of(it)).as(document.toString()).exists());
    }
  }

  private static boolean leads(Path document, String target) throws IOException {
    int at = target.indexOf('#');
    String path = at < 0 ? target : target.substring(0, at);
    Path file = path.isEmpty() ? document : document.resolveSibling(path).normalize();
    return Files.exists(file)
        && (at < 0 || anchors(Files.readString(file)).contains(target.substring(at + 1)));
  }

  /** As a forge makes them of headings. */
  private static Set<String> anchors(String text) {
    return HEADING
        .matcher(text)
        .results()
        .map(it -> it.group(1).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", ""))
        .map(it -> it.replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  private static List<String> blocks(Path document, String language) {
    try {
      return BLOCK
          .matcher(Files.readString(document))
          .results()
          .filter(it -> it.group(1).equals(language))
          .map(it -> it.group(2))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> problems(String yaml) {
    try {
      Path file = Files.writeString(scratch.resolve("shown.yaml"), yaml);
      var read = new ManifestReader(ReaderContext.machine(Optional.of("iad"))).read(List.of(file));
      return read.problems().stream().map(Object::toString).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every simple command of the shell that is shown, in words, without where its output goes. */
  private static List<List<String>> commands(Path document) {
    return blocks(document, "sh").stream()
        .flatMap(it -> it.replace("\\\n", " ").lines())
        .flatMap(it -> Arrays.stream(it.split("&&|\\||;")))
        .map(it -> it.replaceAll("[12]?> *\\S+|#.*", ""))
        .map(it -> WORD.matcher(it).results().map(MatchResult::group).toList())
        .filter(it -> !it.isEmpty())
        .toList();
  }

  private static void parse(Path document, List<String> arguments) {
    var line = new CommandLine(new Dormouse()).setCaseInsensitiveEnumValuesAllowed(true);
    assertThatCode(() -> line.parseArgs(arguments.toArray(String[]::new)))
        .as(document + ": dormouse " + String.join(" ", arguments))
        .doesNotThrowAnyException();
  }

  private static List<String> profiles(List<String> arguments) {
    return arguments.stream()
        .filter(it -> it.startsWith("-P"))
        .map(it -> it.substring(it.startsWith("-P-") ? 3 : 2))
        .toList();
  }
}
