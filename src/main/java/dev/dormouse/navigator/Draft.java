package dev.dormouse.navigator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.YamlWriter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** One manifest while it is written. */
final class Draft {
  private static final List<String> ORDER =
      List.of(
          """
          activation command workingDir env port path routes idleTimeout startup headers dependsOn
          regions
          """
              .strip()
              .split("\\s+"));

  final String name;
  final Program program;
  final ObjectNode spec = JsonNodeFactory.instance.objectNode();

  /** From the client's path to the one that the workload sees, if that differs. */
  final Map<String, Optional<String>> routes = new LinkedHashMap<>();

  /** What is answered on paths that lead to no workload. */
  final Map<String, ObjectNode> answers = new LinkedHashMap<>();

  final Map<String, String> headers = new LinkedHashMap<>();
  final Map<String, String> servedBy = new LinkedHashMap<>();

  /** The upstream paths that Navigator rewrites to before it passes an upgrade on. */
  final Set<String> passedOn = new LinkedHashSet<>();

  private final Map<String, Set<Integer>> comments = new LinkedHashMap<>();

  Draft(String name, Program program) {
    this.name = name;
    this.program = program;
  }

  void comment(Node where, String text) {
    comments.computeIfAbsent(text, _ -> new TreeSet<>()).add(where.line());
  }

  String text(YamlWriter writer) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("apiVersion", "dormouse.dev/v1alpha1").put("kind", "OnDemandService");
    document.putObject("metadata").put("name", name);
    document.set("spec", complete());
    var text = new StringBuilder();
    comments.forEach((comment, lines) -> text.append(line(comment, lines)));
    return text + writer.text(document);
  }

  private static String line(String comment, Set<Integer> lines) {
    String numbers = String.join(", ", lines.stream().map(String::valueOf).toList());
    return "# " + comment + " (line" + (lines.size() > 1 ? "s " : " ") + numbers + ")\n";
  }

  private ObjectNode complete() {
    boolean simple =
        answers.isEmpty() && routes.size() == 1 && routes.values().iterator().next().isEmpty();
    if (simple) {
      spec.put("path", routes.keySet().iterator().next());
    } else if (!routes.isEmpty()) {
      ArrayNode list = spec.putArray("routes");
      routes.forEach(
          (path, upstream) -> {
            ObjectNode route = list.addObject().put("path", path);
            upstream.ifPresent(it -> route.put("upstreamPath", it));
          });
      answers.forEach((path, answer) -> list.addObject().put("path", path).set("answer", answer));
    }
    if (!headers.isEmpty()) {
      ObjectNode set = spec.putObject("headers").putObject("set");
      headers.forEach(set::put);
    }
    if (!servedBy.isEmpty()) {
      ObjectNode regions = spec.putObject("regions");
      servedBy.forEach((region, by) -> regions.putObject(region).put("servedBy", by));
    }
    ObjectNode ordered = JsonNodeFactory.instance.objectNode();
    ORDER.stream().filter(spec::has).forEach(key -> ordered.set(key, spec.path(key)));
    return ordered;
  }
}
