package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Grafana dashboard and the table of metrics in {@code src/docs}, held to what a run tells in
 * which services start, wake, serve, refuse, fail and sleep.
 */
class DashboardIT {
  /** Of an operator, or of a service that dozes. */
  private static final Set<String> ELSEWHERE =
      Set.of(
          "dormouse_doze_wakes_total",
          "dormouse_pass_seconds",
          "dormouse_passes_waiting",
          "dormouse_service_dozes");

  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** What a Prometheus adds to every sample: itself the one, Fly's the other two. */
  private static final Set<String> ADDED = Set.of("instance", "region", "app");

  /**
   * Told only where something freezes, which takes swap: of these nothing but the syntax is held.
   */
  private static final Set<String> FREEZING =
      Set.of(
          "dormouse_freezes_total",
          "dormouse_thaws_total",
          "dormouse_thaw_seconds",
          "dormouse_service_freezes");

  @TempDir Path scratch;

  /** The labels of each metric, with the values that were seen. */
  private final Map<String, Map<String, Set<String>>> metrics = new HashMap<>();

  private final Set<String> families = new TreeSet<>();

  @Test
  void theDashboardAsksForNothingThatARunDoesNotTell() throws Exception {
    live();
    List<String> expressions = new ArrayList<>();
    JsonNode dashboard =
        JSON.readTree(BASE.resolve("manifests/fly/grafana/dormouse.json").toFile());
    dashboard.findValues("expr").forEach(it -> expressions.add(it.asText()));
    assertThat(expressions).hasSizeGreaterThan(30);
    for (JsonNode query : understood(expressions)) {
      assertThat(query.path("error").isMissingNode()).as(query.toString()).isTrue();
      Set<String> labels = new HashSet<>(ADDED);
      for (JsonNode selector : query.path("selectors")) {
        String metric = selector.path("metric").asText();
        if (FREEZING.contains(metric.replace("_bucket", ""))) {
          labels.addAll(Set.of("service", "outcome", "le"));
          continue;
        }
        assertThat(metrics).as(query.path("expression").asText()).containsKey(metric);
        labels.addAll(labels(metric).keySet());
        selector.path("labels").forEach(it -> holds(metric, it));
      }
      query.path("labels").forEach(it -> assertThat(labels).contains(it.asText()));
    }
    Set<String> asked = new TreeSet<>();
    expressions.forEach(it -> families.stream().filter(it::contains).forEach(asked::add));
    assertThat(families).as("metrics on the dashboard").containsExactlyElementsOf(asked);
  }

  /** Of a cluster: what they ask for a unit test holds. */
  @Test
  void theChartsDashboardAndAlertsAreUnderstood() throws Exception {
    Path files = BASE.resolve("manifests/chart/files");
    List<String> expressions =
        new ArrayList<>(
            JSON.readTree(files.resolve("dashboard.json").toFile()).findValuesAsText("expr"));
    expressions.addAll(
        new YAMLMapper().readTree(files.resolve("rules.yaml").toFile()).findValuesAsText("expr"));
    assertThat(expressions).hasSizeGreaterThan(15);
    assertThat(understood(expressions))
        .hasSameSizeAs(expressions)
        .allMatch(it -> it.path("error").isMissingNode());
  }

  @Test
  void theDocumentNamesEveryMetricAndNoOther() throws Exception {
    live();
    Set<String> named = new TreeSet<>();
    Files.readString(BASE.resolve("src/docs/metrics.md"))
        .lines()
        .filter(line -> line.startsWith("| `dormouse_"))
        .forEach(
            line ->
                Pattern.compile("`(dormouse_\\w+)`")
                    .matcher(line.split("\\|", 3)[1])
                    .results()
                    .forEach(it -> named.add(it.group(1))));
    assertThat(named).containsAll(ELSEWHERE);
    named.removeAll(ELSEWHERE);
    assertThat(named).isEqualTo(families);
  }

  /** Every label of a selector is one of the metric's; a fixed value was seen or is possible. */
  private void holds(String metric, JsonNode label) {
    String name = label.path("name").asText();
    assertThat(
            Set.of("instance", "region", "app").contains(name) || labels(metric).containsKey(name))
        .as(metric + " has a label " + name)
        .isTrue();
    String value = label.path("value").asText().replace("\"", "");
    if (!value.startsWith("$")) {
      assertThat(labels(metric).get(name)).as(metric).containsAll(List.of(value.split("\\|")));
    }
  }

  private Map<String, Set<String>> labels(String metric) {
    return metrics.getOrDefault(metric, Map.of());
  }

  /** What Prometheus' own grammar says of expressions, with Grafana's intervals filled in. */
  private static List<JsonNode> understood(List<String> expressions) throws IOException {
    List<JsonNode> queries = new ArrayList<>();
    try (Child node = Child.node(Map.of(), "promql.mjs")) {
      for (int i = 0; i < expressions.size(); i++) {
        node.say(expressions.get(i).replaceAll("\\[\\$__(rate_interval|range)]", "[5m]"));
        queries.add(JSON.readTree(node.awaitFrom(i, "\"query\"")));
      }
    }
    return queries;
  }

  /** A life with everything in it. */
  private void live() throws Exception {
    Path manifest = scratch.resolve("cable.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: cable}
        spec:
          command: [sh, -c, 'sleep 0.5; exec %s']
          port: 0
          routes:
          - {path: /cable, http: Wake}
          - {path: /up, answer: {body: ok}}
          idleTimeout: 1s
          minimumUptime: 0s
          limits: {maxFrame: 125}
          access: {allowedOrigins: ["http://127.0.0.1:*"]}
        ---
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: broken}
        spec:
          command: [sh, -c, exit 3]
          port: 0
          path: /broken
          access: {allowedOrigins: ["http://127.0.0.1:*"]}
        """
            .replace("%s", SampleCables.command()));
    try (var machine = new Machine(manifest, scratch.resolve("state"))) {
      var impatient = machine.open("/cable");
      await().until(() -> machine.phase("cable").equals("Waking"));
      assertThat(impatient.opened.cancel(true)).isTrue();
      var socket = machine.open("/cable");
      socket.join().sendBinary(ByteBuffer.allocate(126), true).join();
      socket.closed.handle((_, _) -> 0).join();
      assertThat(machine.get(machine.port, "/up").body()).isEqualTo("ok");
      assertThat(machine.get(machine.port, "/cable").statusCode()).isBetween(200, 499);
      assertThat(machine.open("/broken").refusal()).isEqualTo(503);
      Files.writeString(manifest, "\n", java.nio.file.StandardOpenOption.APPEND);
      machine.child.await("manifests changed");
      machine.awaitPhase("cable", "Dormant");
      read(machine.get(machine.adminPort, "/metrics").body());
      families.addAll(FREEZING);
    }
  }

  private void read(String text) {
    for (String line : text.lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        families.add(line.split(" ", -1)[2]);
      } else if (!line.startsWith("#")) {
        var sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        var labels = metrics.computeIfAbsent(sample.group(1), _ -> new HashMap<>());
        if (sample.group(2) != null) {
          LABEL
              .matcher(sample.group(2))
              .results()
              .forEach(
                  it -> labels.computeIfAbsent(it.group(1), _ -> new HashSet<>()).add(it.group(2)));
        }
      }
    }
  }
}
