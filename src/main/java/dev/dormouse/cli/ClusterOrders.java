package dev.dormouse.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.cli.tables.Progress;
import dev.dormouse.cli.tables.TextFormat;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.PeopleClient;
import dev.dormouse.kubernetes.resource.AskedByHand;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * {@code wake}, {@code sleep} and {@code status} on a cluster: what is asked for is written into
 * the service, see {@link AskedByHand}, and then it is watched what the operator makes of it.
 */
final class ClusterOrders implements AutoCloseable {
  private static final long LOOK_NANOS = Duration.ofMillis(300).toNanos();
  private static final Optional<String> NONE = Optional.empty();

  /** Longer than a stake outlives the last client, and than an operator takes over. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Set<String> ASLEEP = Set.of("", "Dormant", "Failed", "Disabled");
  private static final Set<String> LEAVING = Set.of("Draining", "Stopping");

  private final PeopleClient people;
  private final Optional<String> namespace;
  private final Progress progress;
  private final InstantSource wall = InstantSource.system();

  private ClusterOrders(PeopleClient people, Optional<String> namespace, PrintWriter out) {
    this.people = people;
    this.namespace = namespace;
    this.progress = new Progress(out);
  }

  /** What is done with a cluster. */
  interface Order<T> {
    T on(ClusterOrders cluster) throws UserError;
  }

  /** Does something with the cluster that is meant. */
  static <T> T with(ClusterOptions options, PrintWriter out, Order<T> order) throws UserError {
    try (var cluster =
        new ClusterOrders(
            PeopleClient.open(options.kubeconfig(), options.context()), options.namespace(), out)) {
      return order.on(cluster);
    } catch (PeopleClient.Refused e) {
      throw new UserError(String.valueOf(e.getMessage()));
    }
  }

  /** Wakes a service, and waits until it is awake. */
  int wake(String name, Optional<String> atLeast) throws UserError {
    ServiceId id = id(name);
    JsonNode before = people.get(id);
    if (text(before, "/spec/activation").equals("Disabled")) {
      throw new UserError(name + " is disabled");
    }
    Duration time =
        atLeast.isPresent()
            ? span(atLeast.get(), "--for " + atLeast.get())
            : span(text(before, "/spec/startup/timeout"), "spec.startup.timeout")
                .plus(span(text(before, "/spec/idleTimeout"), "spec.idleTimeout"));
    Instant begin = wall.instant();
    Instant until = begin.plus(time).truncatedTo(ChronoUnit.SECONDS);
    ask(id, before, until, new HashSet<>());
    progress.say(name + " is to be awake until " + until);
    while (true) {
      JsonNode service = people.get(id);
      String phase = phase(service);
      Duration elapsed = Duration.between(begin, wall.instant());
      if (phase.equals("Active")) {
        progress.say(name + " is awake after " + TextFormat.precise(elapsed));
        return 0;
      }
      JsonNode failure = service.at("/status/failure");
      if (failure.has("time") && !failure.path("time").equals(before.at("/status/failure/time"))) {
        throw new UserError(name + " did not wake: " + TextFormat.failure(failure, wall.instant()));
      }
      if (ASLEEP.contains(phase) && elapsed.compareTo(PATIENCE) > 0) {
        throw new UserError(
            name + " did not wake within " + TextFormat.span(PATIENCE) + why(service, "Ready"));
      }
      progress.show(name + " is " + phase.toLowerCase(Locale.ROOT), elapsed);
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Asks for it, and before for those that it depends on and that have failed. */
  private void ask(ServiceId id, JsonNode service, Instant until, Set<ServiceId> asked)
      throws UserError {
    if (!asked.add(id)) {
      return;
    }
    for (JsonNode name : service.at("/spec/dependsOn")) {
      ServiceId other = id.sibling(name.asText());
      JsonNode dependency = people.get(other);
      if (dependency.at("/status").has("failure")) {
        ask(other, dependency, until, asked);
      }
    }
    people.annotate(
        id,
        Map.of(
            AskedByHand.AWAKE_UNTIL,
            Optional.of(until.toString()),
            AskedByHand.SLEEP_EPOCH,
            NONE,
            AskedByHand.DRAIN_EPOCH,
            NONE));
  }

  /** Puts a service to sleep, and waits until it sleeps. */
  int sleep(String name, boolean drain) throws UserError {
    ServiceId id = id(name);
    JsonNode before = people.get(id);
    if (text(before, "/spec/activation").equals("Always")) {
      throw new UserError(name + " stays awake: its activation is Always");
    }
    people.annotate(id, Map.of(AskedByHand.AWAKE_UNTIL, NONE));
    if (ASLEEP.contains(phase(before))) {
      progress.say(name + " does not run");
      return 0;
    }
    String epoch = text(before, "/status/epoch");
    String annotation = drain ? AskedByHand.DRAIN_EPOCH : AskedByHand.SLEEP_EPOCH;
    if (!drain) {
      refuseIfPresent(name, before);
    }
    people.annotate(id, Map.of(annotation, Optional.of(epoch)));
    progress.say(name + " is asked to sleep");
    try {
      return awaitSleep(id, name, epoch, drain);
    } catch (UserError e) {
      people.annotate(id, Map.of(annotation, NONE));
      throw e;
    }
  }

  private int awaitSleep(ServiceId id, String name, String epoch, boolean drain) throws UserError {
    Instant begin = wall.instant();
    while (true) {
      JsonNode service = people.get(id);
      String phase = phase(service);
      Duration elapsed = Duration.between(begin, wall.instant());
      String what = name + " is " + phase.toLowerCase(Locale.ROOT);
      boolean another = !text(service, "/status/epoch").equals(epoch);
      if (ASLEEP.contains(phase) || (another && !LEAVING.contains(phase))) {
        progress.say(what + " after " + TextFormat.precise(elapsed));
        return 0;
      }
      if (!drain && !another) {
        refuseIfPresent(name, service);
      }
      if (!LEAVING.contains(phase) && elapsed.compareTo(PATIENCE) > 0) {
        throw new UserError(
            name
                + " stays awake"
                + why(service, "Active")
                + "; a warm window, a service that depends on it, or no operator that runs");
      }
      progress.show(what, elapsed);
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private static void refuseIfPresent(String name, JsonNode service) throws UserError {
    int open = service.at("/status/connections").asInt();
    int waiting = service.at("/status/waiting").asInt();
    if (open + waiting > 0) {
      throw new UserError(
          name
              + " has "
              + open
              + " open and "
              + waiting
              + " waiting; --drain closes them politely");
    }
  }

  /** The services as {@code /services} tells them. */
  String services() {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (JsonNode object : people.list(namespace.or(() -> Optional.of(people.namespace())))) {
      ObjectNode service = JsonNodeFactory.instance.objectNode();
      service
          .put("name", text(object, "/metadata/name"))
          .put("namespace", text(object, "/metadata/namespace"))
          .put("phase", phase(object).isEmpty() ? "Unknown" : phase(object))
          .put("connections", 0)
          .put("waiting", 0);
      if (object.path("status") instanceof ObjectNode status) {
        service.setAll(status);
        service.remove("stakes");
      }
      all.add(service);
    }
    return all.toString();
  }

  /** Hands them over with each change, until the API server does not answer. */
  Void follow(Consumer<String> services) {
    String shown = "";
    while (true) {
      String now = services();
      if (!now.equals(shown)) {
        services.accept(now);
        shown = now;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private ServiceId id(String name) throws UserError {
    if (!name.matches("[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)?")) {
      throw new UserError(name + ": not the name of a service");
    }
    int slash = name.indexOf('/');
    return slash < 0
        ? new ServiceId(namespace.orElseGet(people::namespace), name)
        : new ServiceId(name.substring(0, slash), name.substring(slash + 1));
  }

  private static Duration span(String text, String what) throws UserError {
    return Formats.duration(text)
        .orElseThrow(() -> new UserError(what + ": not a duration such as 3h or 1h30m"));
  }

  private static String phase(JsonNode service) {
    return text(service, "/status/phase");
  }

  private static String why(JsonNode service, String condition) {
    for (JsonNode one : service.at("/status/conditions")) {
      if (one.path("type").asText().equals(condition)) {
        String message = one.path("message").asText();
        return ": " + one.path("reason").asText() + (message.isEmpty() ? "" : ", " + message);
      }
    }
    return ": no operator has looked at it";
  }

  private static String text(JsonNode service, String pointer) {
    return service.at(pointer).asText();
  }

  @Override
  public void close() {
    people.close();
  }
}
