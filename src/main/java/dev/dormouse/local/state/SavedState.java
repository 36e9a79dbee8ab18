package dev.dormouse.local.state;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.StopSignal;
import java.io.IOException;
import java.io.StringWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What of a service must survive Dormouse: its state file, one flat JSON object.
 *
 * @param bootId of the machine; on another boot nothing of it holds
 * @param revision of what was started last
 */
public record SavedState(
    ServiceId id,
    String bootId,
    String revision,
    Optional<Traces> traces,
    Optional<Failure> failure) {
  private static final JsonFactory JSON = new JsonFactory();

  /** What the names of dependencies are prefixed with: no other field has a dot. */
  private static final String KNEW = "knew.";

  /**
   * A running workload.
   *
   * @param startTicks with the pid it identifies the leader
   * @param signal asks it to end, should its definition be gone
   * @param grace from that to KILL
   * @param stopping whether it has been told to stop
   * @param knew if it is frozen, what it depends on, by name, as it was then
   * @param dozing whether clients were connected to it when it was
   */
  public record Traces(
      long pid,
      long startTicks,
      Optional<Endpoint> endpoint,
      StopSignal signal,
      Duration grace,
      boolean stopping,
      Optional<Map<String, String>> knew,
      boolean dozing) {}

  boolean isEmpty() {
    return traces.isEmpty() && failure.isEmpty();
  }

  /** As it is written. */
  public String toJson() throws IOException {
    var out = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("namespace", id.namespace());
      json.writeStringField("name", id.name());
      json.writeStringField("bootId", bootId);
      json.writeStringField("revision", revision);
      if (traces.isPresent()) {
        write(json, traces.get());
      }
      if (failure.isPresent()) {
        write(json, failure.get());
      }
      json.writeEndObject();
    }
    return out.append('\n').toString();
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IOException saying what is wrong, if it is anything else
   */
  public static SavedState parse(String text) throws IOException {
    Map<String, String> fields = fields(text);
    try {
      return new SavedState(
          new ServiceId(get(fields, "namespace"), get(fields, "name")),
          get(fields, "bootId"),
          get(fields, "revision"),
          fields.containsKey("pid") ? Optional.of(traces(fields)) : Optional.empty(),
          fields.containsKey("failureReason") ? Optional.of(failure(fields)) : Optional.empty());
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static void write(JsonGenerator json, Traces traces) throws IOException {
    json.writeNumberField("pid", traces.pid());
    json.writeNumberField("startTicks", traces.startTicks());
    if (traces.endpoint().isPresent()) {
      json.writeStringField("host", traces.endpoint().get().host());
      json.writeNumberField("port", traces.endpoint().get().port());
    }
    json.writeStringField("signal", traces.signal().name());
    json.writeStringField("grace", traces.grace().toString());
    json.writeBooleanField("stopping", traces.stopping());
    if (traces.knew().isPresent()) {
      json.writeBooleanField("frozen", true);
      json.writeBooleanField("dozing", traces.dozing());
      for (var known : traces.knew().get().entrySet()) {
        json.writeStringField(KNEW + known.getKey(), known.getValue());
      }
    }
  }

  private static void write(JsonGenerator json, Failure failure) throws IOException {
    json.writeStringField("failureReason", failure.reason().name());
    json.writeStringField("failureMessage", failure.message());
    json.writeNumberField("failures", failure.count());
    json.writeStringField("failedAt", failure.at().toString());
    json.writeStringField("nextRetry", failure.nextRetry().toString());
  }

  private static Traces traces(Map<String, String> fields) throws IOException {
    Optional<Endpoint> endpoint =
        fields.containsKey("port")
            ? Optional.of(new Endpoint(get(fields, "host"), Integer.parseInt(get(fields, "port"))))
            : Optional.empty();
    return new Traces(
        Long.parseLong(get(fields, "pid")),
        Long.parseLong(get(fields, "startTicks")),
        endpoint,
        StopSignal.valueOf(fields.getOrDefault("signal", StopSignal.TERM.name())),
        Duration.parse(get(fields, "grace")),
        Boolean.parseBoolean(get(fields, "stopping")),
        fields.containsKey("frozen") ? Optional.of(knew(fields)) : Optional.empty(),
        Boolean.parseBoolean(fields.get("dozing")));
  }

  private static Map<String, String> knew(Map<String, String> fields) {
    Map<String, String> knew = new HashMap<>();
    fields.forEach(
        (name, value) -> {
          if (name.startsWith(KNEW)) {
            knew.put(name.substring(KNEW.length()), value);
          }
        });
    return knew;
  }

  private static Failure failure(Map<String, String> fields) throws IOException {
    return new Failure(
        FailureReason.valueOf(get(fields, "failureReason")),
        get(fields, "failureMessage"),
        Integer.parseInt(get(fields, "failures")),
        Instant.parse(get(fields, "failedAt")),
        Instant.parse(get(fields, "nextRetry")));
  }

  private static Map<String, String> fields(String text) throws IOException {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser json = JSON.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not a JSON object");
      }
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        json.nextToken();
        fields.put(name, json.getText());
      }
      if (json.currentToken() != JsonToken.END_OBJECT) {
        throw new IOException("cut off");
      }
    } catch (JsonProcessingException e) {
      throw new IOException(e.getOriginalMessage(), e);
    }
    return fields;
  }

  private static String get(Map<String, String> fields, String name) throws IOException {
    String value = fields.get(name);
    if (value == null) {
      throw new IOException(name + " is missing");
    }
    return value;
  }
}
