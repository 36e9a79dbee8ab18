package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.dormouse.api.schema.Source;
import dev.dormouse.api.schema.YamlTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the admission policies let through, by their expressions, without an API server. */
final class AdmissionPolicyTest {
  private static final Path MANIFESTS = Path.of("manifests");
  private static final Pattern VARIABLE = Pattern.compile("variables\\.(\\w+)");
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final CelRules RULES = new CelRules();
  private static final String BEFORE =
      "{phase: Active, epoch: 3, quietSince: x,"
          + " stakes: {activator-0.1: {session: s, seq: 1}, other.1: {session: t, seq: 4}}}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true  | {phase: Active, epoch: 3, quietSince: x, stakes: {activator-0.1: {session: s,"
            + " seq: 2}, other.1: {session: t, seq: 4}}}",
        "true  | {phase: Active, epoch: 3, quietSince: y, stakes: {other.1: {session: t, seq: 4}}}",
        "true  | {phase: Active, epoch: 3, stakes: {activator-0.2: {session: u, seq: 1}, other.1:"
            + " {session: t, seq: 4}}}",
        "false | {phase: Active, epoch: 3, quietSince: x, stakes: {activator-0.1: {session: s,"
            + " seq: 1}}}",
        "false | {phase: Active, epoch: 3, quietSince: x, stakes: {activator-0.1: {session: s,"
            + " seq: 1}, other.1: {session: t, seq: 5}}}",
        "false | {phase: Active, epoch: 3, stakes: {activator-00.1: {session: s, seq: 1}, other.1:"
            + " {session: t, seq: 4}}}",
        "false | {phase: Dormant, epoch: 3, stakes: {other.1: {session: t, seq: 4}}}",
        "false | {phase: Active, epoch: 4, stakes: {other.1: {session: t, seq: 4}}}",
        "false | {phase: Active, epoch: 3, claims: [], stakes: {other.1: {session: t, seq: 4}}}",
        "false | {epoch: 3, stakes: {other.1: {session: t, seq: 4}}}",
        "false | {phase: Active, epoch: 3}",
      })
  void anActivatorWritesItsOwnStakes(boolean passes, String after) {
    assertThat(passes("dormouse-activator-status", status(BEFORE), status(after), "activator-0"))
        .isEqualTo(passes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true  | {stakes: {activator-0.1: {session: s, seq: 1}}}",
        "false | {phase: Active, stakes: {}}",
        "false | {stakes: {other.1: {session: s, seq: 1}}}"
      })
  void evenWhereThereIsNoStatusYet(boolean passes, String after) {
    assertThat(passes("dormouse-activator-status", "{}", status(after), "activator-0"))
        .isEqualTo(passes);
  }

  /** A token that is bound to no pod says nothing about whose stake it is. */
  @ParameterizedTest
  @CsvSource({"activator-0, true", "activator-1, false", "'', false"})
  void aLeaseIsThatOfThePodOfTheToken(String pod, boolean passes) {
    String lease = "{metadata: {name: activator-0}}";
    assertThat(passes("dormouse-activator-lease", "{}", lease, pod)).isEqualTo(passes);
    assertThat(passes("dormouse-activator-status", status(BEFORE), status(BEFORE), "")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true  | {metadata: {labels: {dormouse.dev/service: cable}}, spec: {replicas: 1, a: b}}",
        "false | {metadata: {}, spec: {replicas: 1, a: c}}",
        "false | {metadata: {}, spec: {replicas: 0, a: b}}",
        "false | {metadata: {}, spec: {replicas: 1, a: b, more: c}}"
      })
  void ofAScaleTargetTheMetadataOnly(boolean passes, String after) {
    String before = "{metadata: {}, spec: {replicas: 1, a: b}}";
    assertThat(passes("dormouse-operator-targets", before, after, "operator-0")).isEqualTo(passes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true  | {metadata: {finalizers: [x], annotations: {a: b}}, spec: {port: 1}}",
        "false | {metadata: {annotations: {a: c}}, spec: {port: 1}}",
        "false | {metadata: {}, spec: {port: 1}}",
        "false | {metadata: {annotations: {a: b}}, spec: {port: 2}}"
      })
  void ofAServiceTheOperatorChangesNothingOfPeoples(boolean passes, String after) {
    String before = "{metadata: {annotations: {a: b}}, spec: {port: 1}}";
    assertThat(passes("dormouse-operator-services", before, after, "operator-0")).isEqualTo(passes);
  }

  private static String status(String status) {
    return "{metadata: {name: cable}, status: " + status + "}";
  }

  private static boolean passes(String policy, String before, String after, String pod) {
    ObjectNode self = new ObjectMapper().createObjectNode();
    self.set("oldObject", yaml(before));
    self.set("object", yaml(after));
    String extra = pod.isEmpty() ? "{}" : "{authentication.kubernetes.io/pod-name: [" + pod + "]}";
    self.set("request", yaml("{operation: UPDATE, userInfo: {extra: " + extra + "}}"));
    return validations(policy).stream().allMatch(it -> RULES.holds(it, self));
  }

  /** With the variables in their places, and all that is given as fields of one value. */
  private static List<String> validations(String name) {
    JsonNode spec = policy(name).path("spec");
    Map<String, String> variables = new HashMap<>();
    for (JsonNode variable : spec.path("variables")) {
      variables.put(
          variable.path("name").asText(),
          "(" + inline(variable.path("expression"), variables) + ")");
    }
    List<String> all = new ArrayList<>();
    spec.path("validations")
        .forEach(
            it ->
                all.add(
                    inline(it.path("expression"), variables)
                        .replaceAll("(?<![.\\w'])(object|oldObject|request)\\b", "self.$1")));
    return all;
  }

  private static String inline(JsonNode expression, Map<String, String> variables) {
    return VARIABLE
        .matcher(expression.asText())
        .replaceAll(it -> Matcher.quoteReplacement(variables.get(it.group(1))));
  }

  private static JsonNode policy(String name) {
    for (String file :
        List.of("base/admission-policy.yaml", "components/scale-targets-only/policy.yaml")) {
      try {
        String text = Files.readString(MANIFESTS.resolve(file));
        for (Source document : YamlTree.read(file, text)) {
          JsonNode root = document.root();
          if (root.path("kind").asText().equals("ValidatingAdmissionPolicy")
              && root.at("/metadata/name").asText().equals(name)) {
            return root;
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new AssertionError(name);
  }

  private static JsonNode yaml(String text) {
    try {
      return YAML.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
