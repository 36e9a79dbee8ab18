package dev.dormouse.cli.tables;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Who is connected to one service, as a table. */
public final class ClientTable {
  private ClientTable() {}

  /** A line for each client, below a heading. */
  public static List<String> of(JsonNode service, Instant now) {
    JsonNode clients = service.path("clients");
    if (clients.isEmpty()) {
      return List.of("nobody is connected");
    }
    List<String> lines = new ArrayList<>();
    lines.add(row("ADDRESS", "CONNECTED", "RECEIVED", "SENT", "LAST-BYTE", "USER-AGENT"));
    int counted = 0;
    for (JsonNode client : clients) {
      boolean monitor = client.path("monitor").asBoolean();
      counted += monitor ? 0 : 1;
      lines.add(
          row(
              client.path("address").asText(),
              ago(client.path("since"), now),
              bytes(client.path("receivedBytes").asLong()),
              bytes(client.path("sentBytes").asLong()),
              ago(client.path("lastByteTime"), now),
              client.path("userAgent").asText("-") + (monitor ? " (a monitor)" : "")));
    }
    int more = service.path("connections").asInt() - counted;
    if (more > 0) {
      lines.add("and " + more + " more");
    }
    return lines;
  }

  private static String ago(JsonNode time, Instant now) {
    return TextFormat.span(Duration.between(Instant.parse(time.asText()), now)) + " ago";
  }

  private static String bytes(long count) {
    if (count < 10_000) {
      return count + "B";
    }
    return count < 10_000_000 ? count / 1024 + "KB" : TextFormat.size(count);
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, "%-24s %-10s %8s %8s  %-10s %s", cells);
  }
}
