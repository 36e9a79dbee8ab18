package dev.dormouse.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The cable's clients and the one board they share, in the protocol {@code actioncable-v1-json}.
 * The board is forgotten with the process. Thread-safe; nothing in it waits.
 */
final class ScoresHub {
  private static final int MAX_SUBSCRIPTIONS = 8;
  private static final int GOING_AWAY = 1001;
  private static final JsonFactory JSON = new JsonFactory();

  private final Map<TextSocket, Set<String>> subscriptions = new HashMap<>();
  private final Map<String, Integer> scores = new TreeMap<>(Map.of("acorn", 0, "hazel", 0));
  private final InstantSource clock;

  ScoresHub(InstantSource clock) {
    this.clock = clock;
  }

  synchronized void join(TextSocket client) {
    subscriptions.put(client, new HashSet<>());
    client.send("{\"type\":\"welcome\"}");
  }

  synchronized void leave(TextSocket client) {
    subscriptions.remove(client);
  }

  /** Action Cable's heartbeat, to be called every 3 s. */
  synchronized void beat() {
    String ping = "{\"type\":\"ping\",\"message\":" + clock.instant().getEpochSecond() + "}";
    subscriptions.keySet().forEach(client -> client.send(ping));
  }

  /** Asks every client to come back later, and closes its socket. */
  synchronized void close() {
    for (var client : subscriptions.keySet()) {
      client.send("{\"type\":\"disconnect\",\"reason\":\"server_restart\",\"reconnect\":true}");
      client.goodbye(GOING_AWAY);
    }
  }

  /** Does what the client's message asks for; what is not understood is ignored, as Rails does. */
  synchronized void handle(TextSocket client, String text) throws IOException {
    Map<String, String> command = fields(text);
    String identifier = command.getOrDefault("identifier", "");
    Set<String> own = subscriptions.getOrDefault(client, Set.of());
    switch (command.getOrDefault("command", "")) {
      case "subscribe" -> subscribe(client, own, identifier);
      case "unsubscribe" -> own.remove(identifier);
      case "message" -> {
        if (own.contains(identifier)) {
          perform(fields(command.getOrDefault("data", "")));
        }
      }
      default -> {}
    }
  }

  private void subscribe(TextSocket client, Set<String> own, String identifier) throws IOException {
    if (own.contains(identifier)) {
      return;
    }
    boolean known = "ScoresChannel".equals(fields(identifier).get("channel"));
    if (known && own.size() < MAX_SUBSCRIPTIONS) {
      own.add(identifier);
      answer(client, identifier, "\"type\":\"confirm_subscription\"");
      answer(client, identifier, board("null"));
    } else {
      answer(client, identifier, "\"type\":\"reject_subscription\"");
    }
  }

  /** Action {@code score}: 1 to 3 points for a team; by its tag the sender knows it again. */
  private void perform(Map<String, String> data) {
    String team = data.getOrDefault("team", "");
    String points = data.getOrDefault("points", "");
    String tag = data.getOrDefault("tag", "0");
    boolean valid = scores.containsKey(team) && points.matches("[1-3]");
    if ("score".equals(data.get("action")) && valid && tag.matches("0|[1-9]\\d{0,14}")) {
      scores.merge(team, Integer.parseInt(points), Integer::sum);
      String board =
          board("{\"team\":\"" + team + "\",\"points\":" + points + ",\"tag\":" + tag + "}");
      subscriptions.forEach(
          (client, own) -> own.forEach(identifier -> answer(client, identifier, board)));
    }
  }

  private String board(String scored) {
    return ("\"message\":{\"scores\":{\"acorn\":" + scores.get("acorn"))
        + (",\"hazel\":" + scores.get("hazel") + "},\"scored\":" + scored + "}");
  }

  private static void answer(TextSocket client, String identifier, String rest) {
    String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(identifier));
    client.send("{\"identifier\":\"" + quoted + "\"," + rest + "}");
  }

  /** The scalars of a JSON object as text; none of anything else. */
  private static Map<String, String> fields(String json) throws IOException {
    var fields = new HashMap<String, String>();
    try (var parser = JSON.createParser(json)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          fields.put(name, parser.getValueAsString(""));
          parser.skipChildren();
        }
      }
    } catch (JsonProcessingException e) {
      return Map.of();
    }
    return fields;
  }
}
