package dev.dormouse.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.dormouse.admin.metrics.Savings;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Failure;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Text;
import dev.dormouse.gate.Client;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Services as JSON: the fields of the resource's {@code status}, and what is known on this machine
 * only. What does not apply is absent. Times are RFC 3339 with milliseconds.
 *
 * @param wallTime what people's clocks show at a time of the views
 * @param napObstacle why Dormouse itself is awake, if it may sleep at all
 */
record ServicesJson(
    JsonFactory factory,
    Optional<String> region,
    UnaryOperator<Instant> wallTime,
    Savings savings,
    Supplier<Optional<String>> napObstacle,
    Outlooks outlooks) {
  /** Why Dormouse itself is awake whenever somebody has the live page open. */
  private static final String WATCHED = "somebody watches this page";

  /** When a service is to be kept awake, for people. */
  interface Outlooks {
    WarmWindows.Outlook of(ServiceSpec spec);
  }

  String all(List<ServiceView> views) {
    Optional<String> awake = napObstacle.get();
    return text(views.stream().map(it -> withTotals(it, awake)).toList());
  }

  /** Without what grows by the second, so that a viewer of a sleeping service is left in peace. */
  String live(List<ServiceView> views) {
    Optional<String> awake = napObstacle.get().map(_ -> WATCHED);
    return text(
        views.stream()
            .map(
                it -> {
                  var service = service(it);
                  service.put("napObstacle", awake);
                  return service;
                })
            .toList());
  }

  /** With all who are connected, as far as they are listed. */
  String one(ServiceView view) {
    var service = withTotals(view, napObstacle.get());
    service.put("clients", view.clients().stream().map(ServicesJson::client).toList());
    return text(service);
  }

  private static Map<String, Object> client(Client of) {
    var client = new LinkedHashMap<String, Object>();
    client.put("address", of.address());
    client.put("userAgent", Optional.of(of.userAgent()).filter(it -> !it.isEmpty()));
    client.put("since", of.since());
    client.put("monitor", Optional.of(true).filter(_ -> of.monitor()));
    client.put("receivedBytes", of.receivedBytes());
    client.put("sentBytes", of.sentBytes());
    client.put("lastByteTime", of.lastByte());
    return client;
  }

  private Map<String, Object> withTotals(ServiceView view, Optional<String> awake) {
    var service = service(view);
    service.put("savedByteSeconds", (long) savings.of(view.id()).byteSeconds());
    service.put("napObstacle", awake);
    return service;
  }

  private Map<String, Object> service(ServiceView view) {
    var process = view.process();
    var service = new LinkedHashMap<String, Object>();
    service.put("name", view.id().name());
    service.put("namespace", view.id().namespace());
    service.put("activation", word(view.spec().activation()));
    service.put("region", region);
    service.putAll(status(view.status()));
    service.put("why", view.why());
    service.put("failure", view.status().failure().map(it -> failure(it, view.spec().retry())));
    service.put("pid", process.map(ProcessUsage::pid));
    service.put("processes", process.map(ProcessUsage::processes));
    service.put("frozen", process.filter(ProcessUsage::frozen).map(_ -> true));
    boolean dozes = view.spec().sleep() == Sleep.DOZE;
    service.put(dozes ? "dozeObstacle" : "freezeObstacle", view.sleepObstacle());
    service.put("memoryBytes", process.map(ProcessUsage::memoryBytes));
    view.awakeBytes().ifPresent(bytes -> service.put("awakeMemoryBytes", bytes));
    savings.of(view.id()).bytes().ifPresent(bytes -> service.put("savedBytes", bytes));
    WarmWindows.Outlook warm = outlooks.of(view.spec());
    service.put("warmUntil", warm.until());
    service.put("nextWarm", warm.next());
    service.put("wakes", view.wakes().stream().map(ServicesJson::wake).toList());
    service.put("output", view.status().failure().map(_ -> view.output()));
    return service;
  }

  private static Map<String, Object> status(ServiceStatus of) {
    var status = new LinkedHashMap<String, Object>();
    status.put("phase", of.phase().word());
    status.put(
        "conditions", List.of(condition("Ready", of.ready()), condition("Active", of.active())));
    status.put("epoch", of.epoch());
    status.put("endpoint", of.endpoint().map(ServicesJson::endpoint));
    status.put("connections", of.connections());
    status.put("waiting", of.waiting());
    status.put("quietSince", of.quietSince());
    status.put("nextStopTime", of.nextStopTime());
    status.put("lastWake", of.lastWake().map(ServicesJson::wake));
    return status;
  }

  private static Map<String, Object> endpoint(Endpoint of) {
    return of.isSocket()
        ? Map.of("socket", of.host())
        : Map.of("address", of.host(), "port", of.port());
  }

  private static Map<String, Object> condition(String type, Condition of) {
    var condition = new LinkedHashMap<String, Object>();
    condition.put("type", type);
    condition.put("status", of.status().word());
    condition.put("reason", of.reason().word());
    condition.put("message", of.message());
    return condition;
  }

  private static Map<String, Object> failure(Failure of, Retry retry) {
    var failure = new LinkedHashMap<String, Object>();
    failure.put("count", of.count());
    failure.put("reason", word(of.reason()));
    failure.put("message", of.message());
    failure.put("nextRetryTime", of.nextRetry());
    failure.put("breaker", of.isBreakerOpen(retry) ? "Open" : "Closed");
    return failure;
  }

  private static Map<String, Object> wake(ServiceStatus.Wake of) {
    var wake = new LinkedHashMap<String, Object>();
    wake.put("time", of.time());
    wake.put("reason", of.reason().word());
    wake.put("latencyMs", of.latency().map(Duration::toMillis));
    return wake;
  }

  /** {@code TIMED_OUT} as {@code TimedOut}: Kubernetes' spelling. */
  private static String word(Enum<?> constant) {
    var word = new StringBuilder();
    for (String part : constant.name().split("_", -1)) {
      word.append(part.charAt(0)).append(part.substring(1).toLowerCase(Locale.ROOT));
    }
    return word.toString();
  }

  /** Through a Writer: a UTF-8 generator throws at half a surrogate pair in a cut output line. */
  String text(Object value) {
    var out = new StringWriter();
    try (var json = factory.createGenerator(out)) {
      write(json, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  private void write(JsonGenerator json, Object value) throws IOException {
    switch (value) {
      case Map<?, ?> fields -> {
        json.writeStartObject();
        for (Map.Entry<?, ?> field : fields.entrySet()) {
          if (!Optional.empty().equals(field.getValue())) {
            json.writeFieldName(field.getKey().toString());
            write(json, field.getValue());
          }
        }
        json.writeEndObject();
      }
      case Optional<?> present -> write(json, present.orElseThrow());
      case List<?> items -> {
        json.writeStartArray();
        for (Object item : items) {
          write(json, item);
        }
        json.writeEndArray();
      }
      case Instant time ->
          json.writeString(wallTime.apply(time).truncatedTo(ChronoUnit.MILLIS).toString());
      case Boolean yes -> json.writeBoolean(yes);
      case Number number -> json.writeNumber(number.longValue());
      default -> json.writeString(Text.printable(value.toString()));
    }
  }
}
