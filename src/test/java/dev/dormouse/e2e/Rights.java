package dev.dormouse.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What accounts may do by the roles and bindings of some manifests, as RBAC works it out. */
final class Rights {
  /** All namespaces, and what belongs to none. */
  static final String EVERYWHERE = "everywhere";

  private final List<JsonNode> manifests;

  Rights(List<JsonNode> manifests) {
    this.manifests = List.copyOf(manifests);
  }

  /**
   * All that an account may do, by where it may: verbs by {@code group/resource}. What a rule
   * restricts to names is told with them.
   */
  Map<String, Map<String, Set<String>>> of(String account) {
    Map<String, Map<String, Set<String>>> all = new TreeMap<>();
    for (JsonNode binding : manifests) {
      if (binds(binding, account)) {
        String where = binding.at("/metadata/namespace").asText(EVERYWHERE);
        role(binding, where)
            .path("rules")
            .forEach(rule -> add(rule, all.computeIfAbsent(where, _ -> new TreeMap<>())));
      }
    }
    return all;
  }

  /** The accounts that are made. */
  List<String> accounts() {
    List<String> names = new ArrayList<>();
    manifests.stream()
        .filter(it -> it.path("kind").asText().equals("ServiceAccount"))
        .forEach(it -> names.add(it.at("/metadata/name").asText()));
    return names;
  }

  private static boolean binds(JsonNode object, String account) {
    return object.path("kind").asText().endsWith("RoleBinding")
        && object
            .path("subjects")
            .valueStream()
            .anyMatch(
                it ->
                    it.path("kind").asText().equals("ServiceAccount")
                        && it.path("name").asText().equals(account));
  }

  private JsonNode role(JsonNode binding, String where) {
    JsonNode to = binding.path("roleRef");
    return manifests.stream()
        .filter(it -> it.path("kind").equals(to.path("kind")))
        .filter(it -> it.at("/metadata/name").equals(to.path("name")))
        .filter(it -> it.at("/metadata/namespace").asText(where).equals(where))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no role for " + binding));
  }

  private static void add(JsonNode rule, Map<String, Set<String>> to) {
    for (JsonNode group : rule.path("apiGroups")) {
      for (JsonNode resource : rule.path("resources")) {
        String names = rule.has("resourceNames") ? rule.get("resourceNames").toString() : "";
        Set<String> verbs =
            to.computeIfAbsent(
                group.asText() + "/" + resource.asText() + names, _ -> new TreeSet<>());
        rule.path("verbs").forEach(it -> verbs.add(it.asText()));
      }
    }
    if (rule.has("nonResourceURLs")) {
      to.put(rule.get("nonResourceURLs").toString(), Set.of());
    }
  }
}
