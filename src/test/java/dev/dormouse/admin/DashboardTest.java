package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.budget.Budget;
import dev.dormouse.core.Action;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.StopReason;
import dev.dormouse.testing.MutableClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The chart's dashboard and alerts ask for nothing that a scrape does not have. */
final class DashboardTest {
  private static final Path FILE = Path.of("manifests", "chart", "files", "dashboard.json");
  private static final Path RULES = FILE.resolveSibling("rules.yaml");
  private static final Pattern NAME = Pattern.compile("dormouse_[a-z_]+");

  @Test
  void everyQueryNamesMetricsThatExist() throws IOException {
    List<String> queries = new ArrayList<>(board().findValuesAsText("expr"));
    assertThat(queries).hasSizeGreaterThan(10);
    List<String> alerts = new YAMLMapper().readTree(RULES.toFile()).findValuesAsText("expr");
    assertThat(alerts).hasSizeGreaterThan(4);
    queries.addAll(alerts);
    Set<String> exposed = exposed();
    for (String query : queries) {
      assertThat(NAME.matcher(query).results().map(MatchResult::group))
          .as(query)
          .isNotEmpty()
          .allMatch(exposed::contains);
    }
  }

  @Test
  void panelsDoNotShareAnId() throws IOException {
    assertThat(board().path("panels").findValuesAsText("id")).doesNotHaveDuplicates();
  }

  private static JsonNode board() throws IOException {
    return new ObjectMapper().readTree(FILE.toFile());
  }

  /** Every sample of a Dormouse to which everything has happened once. */
  private static Set<String> exposed() {
    Metrics metrics = new Metrics("1.2.3", new MutableClock(), new Budget(Budget.Limits.none()));
    ServiceId cable = new ServiceId("default", "cable");
    metrics.refused(Optional.of(cable), "full");
    metrics.cut(cable, "slow");
    metrics.opened(cable, Duration.ofMillis(3), Duration.ofMillis(1));
    metrics.passed(cable, Passes.waking(), Passes.keep(), Passes.awakeAfter(Duration.ofSeconds(1)));
    metrics.passed(
        cable,
        Passes.waking(),
        Passes.keep(),
        Passes.failed(FailureReason.EXITED, 1, Optional.empty()));
    metrics.passed(
        cable,
        Passes.at(Phase.ACTIVE),
        Passes.doing(new Action.Stop(StopReason.IDLE)),
        Passes.at(Phase.STOPPING));
    String text = new String(metrics.text(List.of(Views.awake("cable", 1, Passes.NOW))), UTF_8);
    return text.lines()
        .filter(it -> !it.startsWith("#"))
        .map(it -> it.replaceAll("[{ ].*", ""))
        .collect(Collectors.toSet());
  }
}
