package dev.dormouse.cli.tables;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The services as a table. */
public final class StatusTable {
  /** The names of the columns. */
  public static final String HEADER =
      row("NAME", "PHASE", "SOCKETS", "WAITING", "LAST-WAKE", "NEXT-STOP", "MEMORY", "SAVED");

  private final Map<String, String> shown = new HashMap<>();

  /** All of it; below, what is wrong. */
  public List<String> all(JsonNode services, Instant now) {
    List<String> lines = new ArrayList<>(List.of(HEADER));
    services.forEach(it -> lines.add(row(it, now)));
    services.forEach(
        it -> {
          if (it.has("failure")) {
            lines.add(TextFormat.name(it) + ": " + TextFormat.failure(it.path("failure"), now));
          }
          for (String sleep : List.of("Freeze", "Doze")) {
            JsonNode why = it.path(sleep.toLowerCase(Locale.ROOT) + "Obstacle");
            if (!why.isMissingNode()) {
              lines.add(TextFormat.name(it) + ": " + sleep + " is done as Stop: " + why.asText());
            }
          }
        });
    if (services.path(0).has("napObstacle")) {
      lines.add("Dormouse is awake because " + services.path(0).path("napObstacle").asText());
    }
    return lines;
  }

  /** One service, why it is awake, and what is wrong. */
  public List<String> one(JsonNode service, Instant now) {
    List<String> lines = all(JsonNodeFactory.instance.arrayNode().add(service), now);
    if (service.has("why")) {
      lines.add(2, "awake because " + service.path("why").asText());
    }
    return lines;
  }

  /** A row for each service of which more than the time has changed. */
  public List<String> changes(JsonNode services, Instant now) {
    List<String> lines = new ArrayList<>();
    for (JsonNode service : services) {
      String state =
          service.path("phase").asText()
              + service.path("connections")
              + service.path("waiting")
              + service.path("frozen")
              + service.path("failure");
      if (!state.equals(shown.put(TextFormat.name(service), state))) {
        lines.add(row(service, now));
      }
    }
    return lines;
  }

  private static String row(JsonNode service, Instant now) {
    return row(
        TextFormat.name(service),
        TextFormat.phase(service),
        service.path("connections").asText(),
        service.path("waiting").asText(),
        lastWake(service.path("lastWake"), now),
        service.has("nextStopTime")
            ? "in " + TextFormat.span(Duration.between(now, time(service.path("nextStopTime"))))
            : "-",
        memory(service),
        saved(service));
  }

  /** Of a pod it is not known here. */
  private static String memory(JsonNode service) {
    if (service.has("memoryBytes")) {
      return TextFormat.size(service.path("memoryBytes").asLong());
    }
    return service.path("endpoint").has("podUID") ? "-" : "0MB";
  }

  private static String lastWake(JsonNode wake, Instant now) {
    if (wake.isMissingNode()) {
      return "never";
    }
    String took =
        wake.has("latencyMs")
            ? " (" + TextFormat.precise(Duration.ofMillis(wake.path("latencyMs").asLong())) + ")"
            : "";
    return TextFormat.span(Duration.between(time(wake.path("time")), now)) + " ago" + took;
  }

  private static String saved(JsonNode service) {
    String phase = service.path("phase").asText();
    boolean asleep = phase.equals("Dormant") || phase.equals("Dozing");
    return asleep && service.has("savedBytes")
        ? TextFormat.size(service.path("savedBytes").asLong())
        : "-";
  }

  private static Instant time(JsonNode text) {
    return Instant.parse(text.asText());
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, "%-20s %-9s %7s %7s  %-16s %-9s %7s %7s", cells);
  }
}
