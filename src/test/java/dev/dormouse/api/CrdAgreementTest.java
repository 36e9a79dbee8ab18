package dev.dormouse.api;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.api.schema.Source;
import dev.dormouse.api.schema.YamlTree;
import dev.dormouse.api.spec.ReaderContext;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API server refuses, the reader refuses; and the other way round as far as it can be. */
final class CrdAgreementTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final CrdCheck CRD = new CrdCheck();

  /** Lines of {@link SpecMistakesTest} that only the reader can refuse. */
  private static final Set<String> ONLY_READ =
      Set.of(
          "port: 1", // a mistake of YAML, not of the resource
          "idleTimeout:", // to an API server the default stands in for null
          // A template is judged by the API server when a pod is made of it.
          "template: {spec: {containers: \"no\"}}",
          "template: {spec: {containers: [web]}}",
          "template: {spec: {initContainers: {a: b}}}",
          "template: {spec: 7}",
          "template: {metadata: {labels: [a]}}",
          "template: {spec: {securityContext: strict}}",
          "template: {spec: {containers: [{name: main, env: {A: b}}]}}",
          "template: {spec: {containers: [{name: main, ports: [80]}]}}",
          "template: {spec: {containers: [{name: main, lifecycle: x}]}}",
          "template: {spec: {volumes: [v]}}",
          "access: {trustedProxies: [10.0.0.0/33]}",
          "access: {trustedProxies: [300.0.0.1]}",
          "headers: {set: {x-a: $remote}}",
          "headers: {set: {x-a: \"$$host $hosts\"}}",
          "warm: [{schedule: \"61 18 * * FRI\", duration: 1h}]",
          "warm: [{schedule: \"1 18 * * FRY\", duration: 1h}]",
          "warm: [{schedule: \"0 12 31 2 *\", duration: 1h}]",
          "warm: [{schedule: \"* * * * *\", duration: 1h, timeZone: Mars}]",
          "regions: {iad: {regions: {}}}",
          "regions: {iad: {servedBy: iad}}",
          "regions: {iad: {servedBy: {region: lhr, upstream: lhr}}}",
          "regions: {iad: {servedBy: {region: lhr, upstream: \"https://lhr\"}}}",
          "regions: {iad: {servedBy: {region: lhr, upstream: \"http://lhr:65536\"}}}");

  /** Fields of which the reader knows more than a pattern can say. */
  private static final Set<String> READ_CLOSER =
      Set.of(
          "spec.access.monitors[].address",
          "spec.access.trustedProxies[]",
          "spec.warm[].schedule",
          "spec.warm[].timeZone",
          "spec.warm[].from",
          "spec.warm[].until");

  /** A repeated variable: a rule that finds it costs more than an API server allows. */
  private static final String TWICE = "'/{a}/{a}'";

  /** What has to stand beside a field so that only its own value can be wrong. */
  private static final Map<String, String> BESIDE =
      Map.of(
          "spec.env[].value", "name: A",
          "spec.env[].valueFrom", "name: A",
          "spec.routes[].host", "path: /a",
          "spec.routes[].http", "path: /a",
          "spec.routes[].upstreamPath", "path: /a",
          "spec.warm[].schedule", "duration: 1h",
          "spec.warm[].duration", "schedule: 0 0 * * *",
          "spec.warm[].timeZone", "schedule: 0 0 * * *, duration: 1h",
          "spec.warm[].from", "until: '2027-01-01T00:00:00Z'",
          "spec.warm[].until", "from: '2026-01-01T00:00:00Z'");

  private static final List<String> VALUES =
      List.of(
          "''",
          "-",
          "x",
          "X",
          "1",
          "0",
          "-1",
          "1.5",
          "125",
          "124",
          "65535",
          "65536",
          "400",
          "599",
          "600",
          "1000000",
          "1000001",
          "99999999999",
          "true",
          "[]",
          "{}",
          "[1]",
          "[x]",
          "[/a]",
          "[{}]",
          "[[]]",
          "{a: b}",
          "{a: {}}",
          "cable",
          "[a, a]",
          "{Host: x}",
          "{x-a: x, X-A: y}",
          "a b",
          "\"a\\0b\"",
          "15m",
          "0s",
          "1ms",
          "999ms",
          "1h1m1s1ms",
          "1h1m1s1ms1s",
          "99999h",
          "99999h1ms",
          "123456s",
          "5m",
          "301s",
          "1h",
          "3601s",
          "-1s",
          "1.5s",
          "/",
          "/a",
          "/a/",
          "a",
          "/a/../b",
          "/a/.",
          "'/{a}'",
          TWICE,
          "'/{a}b'",
          "'/{region}'",
          "/%2",
          "/a?b",
          "'/a#b'",
          "'*'",
          "'null'",
          "https://a",
          "https://*.a:*",
          "'https://a/'",
          "'http://a:1'",
          "'[::1]'",
          "a.example",
          "-a",
          "a-",
          "a_b",
          "a.b",
          "DORMOUSE_X",
          "PORT",
          "apps/v1",
          "Deployment",
          "StatefulSet",
          "Pod",
          "10.0.0.0/8",
          "10.0.0.0/33",
          "'::1'",
          "1.2.3",
          "1Mi",
          "1Gi",
          "2Gi",
          "1025Mi",
          "1Ti",
          "124Ki",
          "OnDemand",
          "onDemand",
          "Always",
          "Disabled",
          "Stop",
          "Any",
          "Asleep",
          "Wake",
          "text/html",
          "Freeze",
          "Ping",
          "QUIT",
          "Cookie",
          "Host",
          "sec-websocket-key",
          "'* * * * *'",
          "'* * * *'",
          "'61 * * * *'",
          "UTC",
          "Mars",
          "'2026-12-05T18:00:00Z'",
          "'2026-12-05 18:00:00+01:00'",
          "'2026-12-05T18:00Z'",
          "'2026-13-05T18:00:00Z'",
          "2026-12-05",
          "ä",
          "'\uD83D\uDC2D'");

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource
  void aMistakeIsRefusedByBoth(String line) {
    String image = line.startsWith("image:") ? "sleep: Stop" : "image: x";
    String document = Reading.cable(line, image);
    List<String> problems = problems(document);
    List<String> refusals = CRD.refusals(tree(document));
    boolean read = problems.isEmpty() || ONLY_READ.contains(line);
    assertThat(refusals.isEmpty())
        .as("reader: %s, API server: %s", problems, refusals)
        .isEqualTo(read);
  }

  static Stream<String> aMistakeIsRefusedByBoth() throws NoSuchMethodException {
    return SpecMistakesTest.class
        .getDeclaredMethod("aMistakeIsNamedWithItsLineFieldAndValue", String.class, String.class)
        .getAnnotation(CsvSource.class)
        .textBlock()
        .lines()
        .map(it -> it.substring(0, it.indexOf(" | ")).strip());
  }

  @ParameterizedTest
  @MethodSource
  void anyValueOfAFieldIsJudgedAlike(String field) {
    Set<Boolean> verdicts = new HashSet<>();
    for (String value : VALUES) {
      String document = document(field, value);
      List<String> problems = problems(document);
      List<String> refusals = CRD.refusals(tree(document));
      String both = field + ": " + value + ": reader: " + problems + ", API server: " + refusals;
      if (READ_CLOSER.contains(field) || value.equals(TWICE)) {
        assertThat(refusals.isEmpty() || !problems.isEmpty()).as(both).isTrue();
      } else {
        assertThat(refusals.isEmpty()).as(both).isEqualTo(problems.isEmpty());
      }
      verdicts.add(problems.isEmpty());
    }
    assertThat(verdicts).as("verdicts on " + field).hasSize(2);
  }

  static Stream<String> anyValueOfAFieldIsJudgedAlike() {
    return Fields.paths().stream()
        .filter(it -> it.startsWith("spec.") && !it.startsWith("spec.servedBy"));
  }

  /** A document that is good if the value is; everything else in it is. */
  private static String document(String field, String value) {
    String root = field.replaceAll("^spec\\.(\\w+).*", "$1");
    Map<String, String> lines =
        Stream.of("image: x", "port: 1", "path: /a", "command: [x]")
            .collect(toMap(it -> it.replaceAll(":.*", ""), it -> it));
    if (root.equals("routes")) {
      lines.remove("path");
    }
    String text = value;
    List<String> steps = Stream.of(field.split("\\.", -1)).skip(1).toList();
    for (String step : steps.reversed()) {
      boolean last = step.equals(steps.getLast());
      String beside = last && BESIDE.containsKey(field) ? BESIDE.get(field) + ", " : "";
      if (step.equals("answer")) {
        beside = "path: /a, ";
      }
      String inner =
          step.replace("[]", "") + ": " + (step.endsWith("[]") ? "[" + text + "]" : text);
      text = step.equals(steps.getFirst()) ? inner : "{" + beside + inner + "}";
    }
    if (field.startsWith("spec.scaleTargetRef.")) {
      text = scaleTarget(field, value);
    }
    lines.put(root, text);
    return Reading.service("cable", lines.values().toArray(String[]::new));
  }

  private static String scaleTarget(String field, String value) {
    Map<String, String> parts =
        Stream.of("apiVersion: apps/v1", "kind: Deployment", "name: x")
            .collect(toMap(it -> it.replaceAll(":.*", ""), it -> it));
    String key = field.substring("spec.scaleTargetRef.".length());
    parts.put(key, key + ": " + value);
    return "scaleTargetRef: {" + String.join(", ", parts.values()) + "}";
  }

  @Test
  void theExampleWithEveryFieldIsAccepted() {
    for (Source document : YamlTree.read("x", EveryFieldTest.EVERYTHING)) {
      assertThat(CRD.refusals(json(document.root()))).isEmpty();
    }
  }

  @Test
  void defaultsAreFilledInBelowDefaults() {
    JsonNode stored = CRD.stored(tree(Reading.cable("image: x", "retry: {initial: 2m}")));
    assertThat(stored.at("/spec/retry/breaker/window").asText()).isEqualTo("5m");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "path: /a",
        "routes: [{path: /a}]",
        "routes: [{path: /a}, {path: /b, http: Wake}, {path: /c, answer: {}}]",
        "routes: [{path: /a, answer: {status: 204, when: Asleep}}]",
        "{path: /a, startup: {timeout: 5s}, retry: {initial: 2m, breaker: {}}}",
        "{path: /a, sleep: Freeze, shutdown: {}, keepalive: {}, limits: {}, fallback: {}}",
        "{path: /a, access: {monitors: [{userAgent: Up/*}]}, env: [{name: A, value: b}]}",
      })
  void whatIsStoredMeansWhatWasDeclared(String part) {
    String lines = part.startsWith("{") ? part.substring(1, part.length() - 1) : part;
    String declared =
        "{apiVersion: dormouse.dev/v1alpha1, kind: OnDemandService, metadata: {name: cable}, spec:"
            + " {image: x, command: [x], port: 1, "
            + lines
            + "}}";
    JsonNode stored = CRD.stored(tree(declared));
    assertThat(reading().only(stored.toString()).spec()).isEqualTo(reading().only(declared).spec());
  }

  @Test
  void nothingInsideARegionGetsADefault() {
    String declared =
        Reading.cable(
            "image: x", "regions: {iad: {startup: {}, retry: {max: 2s}, template: {a: {b: ~}}}}");
    JsonNode spec = tree(declared).path("spec");
    assertThat(CRD.stored(tree(declared)).at("/spec/regions")).isEqualTo(spec.path("regions"));
  }

  private List<String> problems(String document) {
    return reading().problems(document).stream()
        .filter(it -> !it.contains("names no service")) // known only where all services are
        .toList();
  }

  private Reading reading() {
    return Reading.in(directory).with(ReaderContext.kubernetes(Optional.empty()));
  }

  private static JsonNode tree(String document) {
    JsonNode root = YamlTree.read("cable.yaml", document).getFirst().root();
    return root.isObject() ? json(root) : JsonNodeFactory.instance.objectNode();
  }

  /** As it goes over the wire. */
  private static JsonNode json(JsonNode tree) {
    try {
      return JSON.readTree(tree.toString());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
