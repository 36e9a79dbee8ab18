package dev.dormouse.api.spec;

import dev.dormouse.core.ServiceSpec.EnvVar;
import dev.dormouse.core.ServiceSpec.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code sleep: Freeze} and {@code sleep: Doze} do not go with. */
final class FreezeRules {
  /** {@code -w2}, {@code --workers=2}: both have forms of two words, too. */
  private static final Pattern WORKERS = Pattern.compile("(?:-w|--workers=?)(\\d*)");

  private FreezeRules() {}

  /**
   * Why this program would not survive its sleep; empty if nothing speaks against it. The master of
   * a Puma with workers kills those that have not reported for {@code worker_timeout} (60 s), and
   * after a sleep that is all of them.
   *
   * @param sleep the word that is declared
   */
  static Optional<String> conflictWithProgram(String sleep, Program program) {
    List<String> words = new ArrayList<>(program.command());
    words.addAll(program.args());
    int puma = 0;
    while (puma < words.size() && !words.get(puma).matches("(?:.*/)?puma")) {
      puma++;
    }
    if (puma == words.size()) {
      return Optional.empty();
    }
    Optional<String> option = workers(words.subList(puma + 1, words.size()));
    return option
        .or(() -> concurrency(program.env()))
        .filter(workers -> !workers.matches(".*[ =a-z]0"))
        .map(
            workers ->
                sleep
                    + " does not go with the workers of Puma ("
                    + workers
                    + "): after a sleep longer than worker_timeout its master kills them as hung;"
                    + " use -w 0, or declare workers in Puma's config file with a worker_timeout"
                    + " longer than any sleep");
  }

  private static Optional<String> workers(List<String> words) {
    Optional<String> last = Optional.empty();
    for (int i = 0; i < words.size(); i++) {
      Matcher option = WORKERS.matcher(words.get(i));
      if (option.matches()) {
        boolean split = option.group(1).isEmpty() && i + 1 < words.size();
        last = Optional.of(split ? words.get(i) + " " + words.get(i + 1) : words.get(i));
      }
    }
    return last;
  }

  private static Optional<String> concurrency(List<EnvVar> env) {
    return env.stream()
        .filter(it -> it.name().equals("WEB_CONCURRENCY") && !it.value().isBlank())
        .map(it -> it.name() + "=" + it.value())
        .findFirst();
  }
}
