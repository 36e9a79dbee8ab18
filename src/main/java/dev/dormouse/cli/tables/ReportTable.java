package dev.dormouse.cli.tables;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What sleep saves, as a table. */
public final class ReportTable {
  private static final double MEGABYTE = 1 << 20;

  private ReportTable() {}

  /** A line for each service, and the sums. */
  public static List<String> lines(JsonNode report) {
    List<String> lines = new ArrayList<>();
    lines.add(row("NAME", "PHASE", "AWAKE", "NOW", "SAVED", "MB-HOURS"));
    report.path("services").forEach(it -> lines.add(service(it)));
    long removed = report.path("removedByteSeconds").asLong();
    if (removed > 0) {
      lines.add(row("no longer declared", "", "", "", "", megabyteHours(removed)));
    }
    JsonNode own = report.path("dormouse");
    lines.add(
        row(
            "dormouse itself",
            "",
            "",
            size(own.path("memoryBytes")),
            own.has("memoryBytes") ? TextFormat.size(-own.path("memoryBytes").asLong()) : "unknown",
            megabyteHours(-own.path("byteSeconds").asLong())));
    lines.add(
        row(
            "together",
            "",
            "",
            "",
            TextFormat.size(report.path("savedBytes").asLong()),
            megabyteHours(report.path("savedByteSeconds").asLong())));
    lines.add("");
    lines.addAll(remarks(report));
    return lines;
  }

  private static String service(JsonNode service) {
    return row(
        TextFormat.name(service),
        service.path("phase").asText(),
        size(service.path("awakeMemoryBytes")),
        size(service.path("memoryBytes")),
        size(service.path("savedBytes")),
        megabyteHours(service.path("savedByteSeconds").asLong()));
  }

  private static List<String> remarks(JsonNode report) {
    List<String> remarks = new ArrayList<>();
    remarks.add(
        "Since "
            + report.path("since").asText()
            + " ("
            + TextFormat.span(Duration.ofSeconds(report.path("seconds").asLong()))
            + "). Measured as proportional set sizes.");
    JsonNode machine = report.path("machine");
    if (machine.has("availableBytes")) {
      remarks.add(
          "This machine has "
              + TextFormat.size(machine.path("availableBytes").asLong())
              + " of "
              + TextFormat.size(machine.path("memoryBytes").asLong())
              + " available (MemAvailable).");
    }
    List<String> unknown = new ArrayList<>();
    for (JsonNode service : report.path("services")) {
      if (!service.has("savedBytes")) {
        unknown.add(TextFormat.name(service));
      }
    }
    if (!unknown.isEmpty()) {
      remarks.add(
          "Counted as nothing, since not measured awake yet: " + String.join(", ", unknown) + ".");
    }
    return remarks;
  }

  private static String size(JsonNode bytes) {
    return bytes.isMissingNode() ? "unknown" : TextFormat.size(bytes.asLong());
  }

  private static String megabyteHours(long byteSeconds) {
    return String.format(Locale.ROOT, "%.1f", byteSeconds / MEGABYTE / 3600);
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, "%-20s %-9s %8s %8s %8s %10s", cells).stripTrailing();
  }
}
