package dev.dormouse.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.Json;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.spec.Defaults;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a change of manifests changes where, for the one who reviews it. */
public final class ManifestDiff {
  /** Of the regions that neither side names. */
  public static final String ELSEWHERE = "elsewhere";

  private final Loaded before;
  private final Loaded after;
  private final Set<Problem> problems =
      new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));

  private ManifestDiff(Loaded before, Loaded after) {
    this.before = before;
    this.after = after;
  }

  /**
   * One field that differs.
   *
   * @param field such as {@code idleTimeout} or {@code command[3]}, below {@code spec}
   * @param before as YAML shows it in one line; empty if it was not there
   */
  public record Change(String field, Optional<String> before, Optional<String> after) {}

  /**
   * What becomes of a service in some regions.
   *
   * @param service NAMESPACE/NAME
   * @param regions those in which exactly this happens; {@link #ELSEWHERE} comes last
   * @param effect on what runs and on open sockets
   */
  public record Entry(String service, List<String> regions, Effect effect, List<Change> changes) {}

  /**
   * The differences.
   *
   * @param problems mistakes in either side; then there is no entry
   */
  public record Result(List<Entry> entries, List<Problem> problems) {}

  /**
   * Compares two sets of files or directories.
   *
   * @param region the only region to look at; all that are named if empty
   */
  public static Result between(List<Path> before, List<Path> after, Optional<String> region) {
    var reader = new ManifestReader(ReaderContext.machine(Optional.empty()));
    return new ManifestDiff(reader.load(before), reader.load(after)).compare(region);
  }

  private Result compare(Optional<String> region) {
    Map<String, List<Entry>> byService = new TreeMap<>();
    for (String each : region.map(List::of).orElseGet(this::named)) {
      var there = Optional.of(each).filter(it -> !it.equals(ELSEWHERE));
      Map<String, ObjectNode> old = specs(before, there);
      Map<String, ObjectNode> now = specs(after, there);
      Set<String> services = new TreeSet<>(old.keySet());
      services.addAll(now.keySet());
      for (String service : services) {
        var was = Optional.ofNullable(old.get(service));
        var is = Optional.ofNullable(now.get(service));
        List<Change> changes = changes(was, is);
        if (!changes.isEmpty()) {
          var entries = byService.computeIfAbsent(service, _ -> new ArrayList<>());
          add(new Entry(service, List.of(each), Effect.of(was, is, changes), changes), entries);
        }
      }
    }
    return problems.isEmpty()
        ? new Result(byService.values().stream().flatMap(List::stream).toList(), List.of())
        : new Result(List.of(), List.copyOf(problems));
  }

  /** What happens in several regions is told once. */
  private static void add(Entry entry, List<Entry> entries) {
    for (int i = 0; i < entries.size(); i++) {
      Entry other = entries.get(i);
      if (other.effect() == entry.effect() && other.changes().equals(entry.changes())) {
        List<String> regions = new ArrayList<>(other.regions());
        regions.addAll(entry.regions());
        entries.set(i, new Entry(other.service(), regions, other.effect(), other.changes()));
        return;
      }
    }
    entries.add(entry);
  }

  private List<String> named() {
    Set<String> names = new TreeSet<>();
    for (Loaded side : List.of(before, after)) {
      for (ValidService service : read(side, Optional.empty()).services()) {
        service.effective().path("regions").fieldNames().forEachRemaining(names::add);
      }
    }
    List<String> all = new ArrayList<>(names);
    all.add(ELSEWHERE);
    return all;
  }

  private Manifests read(Loaded side, Optional<String> region) {
    Manifests read = new ManifestReader(ReaderContext.machine(region)).read(side);
    problems.addAll(read.problems());
    return read;
  }

  /** With defaults: to write one down changes nothing. */
  private Map<String, ObjectNode> specs(Loaded side, Optional<String> region) {
    Map<String, ObjectNode> specs = new LinkedHashMap<>();
    for (ValidService service : read(side, region).services()) {
      ObjectNode spec = service.effective().deepCopy();
      spec.remove("regions");
      specs.put(
          service.id().toString(),
          (ObjectNode) Json.merge(spec, Defaults.missing(service.spec(), spec)));
    }
    return specs;
  }

  private static List<Change> changes(Optional<ObjectNode> was, Optional<ObjectNode> is) {
    if (was.isEmpty() || is.isEmpty()) {
      return List.of(new Change("", was.map(_ -> "declared"), is.map(_ -> "declared")));
    }
    Map<String, String> old = leaves(was.get());
    Map<String, String> now = leaves(is.get());
    Set<String> fields = new TreeSet<>(old.keySet());
    fields.addAll(now.keySet());
    return fields.stream()
        .map(
            it ->
                new Change(it, Optional.ofNullable(old.get(it)), Optional.ofNullable(now.get(it))))
        .filter(it -> !it.before().equals(it.after()))
        .toList();
  }

  private static Map<String, String> leaves(JsonNode spec) {
    Map<String, String> leaves = new TreeMap<>();
    spec.properties().forEach(it -> collect(it.getKey(), it.getValue(), leaves));
    return leaves;
  }

  /** A list of plain values is one field: its elements have no names. */
  private static void collect(String path, JsonNode value, Map<String, String> leaves) {
    boolean plain = value.isArray() && value.valueStream().noneMatch(JsonNode::isContainerNode);
    if (plain || value.isValueNode() || value.isEmpty()) {
      leaves.put(path, value.isTextual() ? value.textValue() : value.toString());
    } else if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        collect(path + "[" + i + "]", value.path(i), leaves);
      }
    } else {
      value.properties().forEach(it -> collect(path + "." + it.getKey(), it.getValue(), leaves));
    }
  }
}
