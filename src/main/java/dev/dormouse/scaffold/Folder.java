package dev.dormouse.scaffold;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text files of an app that are looked at.
 *
 * @param files by their paths below it, with slashes
 */
public record Folder(Map<String, String> files) {
  /** The folders that are looked into, below the app's own, which is the first. */
  public static final List<String> PLACES =
      List.of("", "cable", "config", "config/environments", "server", "src");

  private static final Pattern WANTED =
      Pattern.compile(
          "Gemfile|Procfile|fly\\.toml|package\\.json|(config/)?navigator\\.ya?ml"
              + "|(docker-)?compose\\.ya?ml|(cable/)?config\\.ru"
              + "|config/(cable\\.yml|puma\\.rb|routes\\.rb|application\\.rb)"
              + "|config/environments/production\\.rb|(src/|server/)?[\\w.-]+\\.[cm]?[jt]s");

  /** Sorts them. */
  public Folder {
    files = new TreeMap<>(files);
  }

  /** Whether a file of this name can say something. */
  public static boolean wants(String path) {
    return WANTED.matcher(path).matches();
  }

  boolean has(String file) {
    return files.containsKey(file);
  }

  Optional<String> text(String file) {
    return Optional.ofNullable(files.get(file));
  }

  /** The first of these that there is. */
  Optional<String> first(String... names) {
    return List.of(names).stream().filter(this::has).findFirst();
  }

  /** Where a pattern is first found in a line of a file, and its groups. */
  Optional<Line> find(String file, Pattern pattern) {
    List<String> lines = text(file).map(it -> it.lines().toList()).orElse(List.of());
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = pattern.matcher(lines.get(i));
      if (matcher.find()) {
        return Optional.of(new Line(file, i + 1, lines.get(i).strip(), matcher.toMatchResult()));
      }
    }
    return Optional.empty();
  }

  /** A line that matched. */
  record Line(String file, int number, String text, MatchResult match) {
    String group() {
      return String.valueOf(match.group(1));
    }

    Found found(String what) {
      return new Found(file, number, what);
    }
  }
}
