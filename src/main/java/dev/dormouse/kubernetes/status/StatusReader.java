package dev.dormouse.kubernetes.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceStatus.Wake;
import dev.dormouse.core.WakeReason;
import dev.dormouse.kubernetes.status.StatusDocument.Published;
import dev.dormouse.kubernetes.status.StatusDocument.StatusCondition;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads {@code status}: whatever is malformed counts as absent, and nothing throws. */
final class StatusReader {
  static final JsonNode EMPTY = JsonNodeFactory.instance.objectNode();

  private StatusReader() {}

  static StatusDocument read(JsonNode status) {
    return new StatusDocument(
        find(Phase.values(), Phase::word, status.path("phase")).orElse(Phase.DORMANT),
        status.path("epoch").asLong(),
        endpoints(status),
        status.path("connections").asInt(),
        status.path("waiting").asInt(),
        text(status, "quietSince"),
        text(status, "nextStopTime").flatMap(StatusReader::instant),
        object(status, "lastWake").flatMap(StatusReader::wake),
        object(status, "failure").flatMap(StatusReader::failure),
        text(status, "region"),
        object(status, "stakes").map(StatusReader::stakes),
        held(status.path("claims")),
        conditions(status.path("conditions")),
        status.path("observedGeneration").asLong());
  }

  /**
   * An operator of the version before writes {@code endpoint} only, and leaves what a later one has
   * written beside it. So of two that differ that one counts, and without it the list says where
   * clients go only while something serves, which has an address in every version.
   */
  private static List<Published> endpoints(JsonNode status) {
    Optional<Published> one = object(status, "endpoint").map(StatusReader::endpoint);
    List<Published> all =
        status.path("endpoints").valueStream().map(StatusReader::endpoint).toList();
    if (one.isPresent()) {
      return all.contains(one.get()) ? all : List.of(one.get());
    }
    boolean serves = status.path("phase").asText().equals(Phase.ACTIVE.word());
    return serves ? all : all.stream().filter(Published::draining).toList();
  }

  private static Published endpoint(JsonNode node) {
    return new Published(
        node.path("address").asText(),
        node.path("port").asInt(),
        node.path("podUID").asText(),
        node.path("epoch").asLong(),
        node.path("draining").asBoolean());
  }

  private static Optional<Wake> wake(JsonNode node) {
    var reason = find(WakeReason.values(), WakeReason::word, node.path("reason"));
    Optional<Duration> latency =
        node.has("latencyMs")
            ? Optional.of(Duration.ofMillis(node.path("latencyMs").asLong()))
            : Optional.empty();
    return text(node, "time")
        .flatMap(StatusReader::instant)
        .flatMap(time -> reason.map(it -> new Wake(time, it, latency)));
  }

  private static Optional<Failure> failure(JsonNode node) {
    var reason = find(FailureReason.values(), StatusReader::word, node.path("reason"));
    var at = text(node, "time").flatMap(StatusReader::instant);
    var next = text(node, "nextRetryTime").flatMap(StatusReader::instant);
    return reason.isPresent() && at.isPresent() && next.isPresent()
        ? Optional.of(
            new Failure(
                reason.get(),
                node.path("message").asText(),
                node.path("count").asInt(),
                at.get(),
                next.get()))
        : Optional.empty();
  }

  private static Map<String, Stake> stakes(JsonNode node) {
    Map<String, Stake> stakes = new TreeMap<>();
    for (var entry : node.properties()) {
      JsonNode stake = entry.getValue();
      stakes.put(
          entry.getKey(),
          new Stake(
              stake.path("session").asText(),
              stake.path("seq").asLong(),
              stake.path("connections").asInt(),
              complaint(stake)));
    }
    return Map.copyOf(stakes);
  }

  private static Optional<Stake.Complaint> complaint(JsonNode stake) {
    return text(stake, "deaf")
        .map(it -> new Stake.Complaint(FailureReason.DEAF, it))
        .or(
            () ->
                text(stake, "unreachable")
                    .map(it -> new Stake.Complaint(FailureReason.UNREACHABLE, it)));
  }

  static List<HeldRoute> held(JsonNode node) {
    List<HeldRoute> held = new ArrayList<>();
    for (JsonNode it : node) {
      text(it, "since")
          .flatMap(StatusReader::instant)
          .filter(_ -> it.path("host").isTextual() && it.path("path").isTextual())
          .map(since -> new HeldRoute(it.path("host").asText(), it.path("path").asText(), since))
          .ifPresent(held::add);
    }
    return List.copyOf(held);
  }

  private static List<StatusCondition> conditions(JsonNode node) {
    List<StatusCondition> conditions = new ArrayList<>();
    for (JsonNode it : node) {
      conditions.add(
          new StatusCondition(
              it.path("type").asText(),
              it.path("status").asText(),
              it.path("reason").asText(),
              it.path("message").asText(),
              instant(it.path("lastTransitionTime").asText()).orElse(Instant.EPOCH),
              it.path("observedGeneration").asLong()));
    }
    return List.copyOf(conditions);
  }

  static Optional<Condition> coreCondition(StatusCondition of) {
    var status =
        Stream.of(Condition.Status.values())
            .filter(it -> it.word().equals(of.status()))
            .findFirst();
    var reason =
        Stream.of(Condition.Reason.values())
            .filter(it -> it.word().equals(of.reason()))
            .findFirst();
    return status.flatMap(s -> reason.map(r -> new Condition(s, r, of.message())));
  }

  static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Kubernetes' own times have seconds only. */
  static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }

  static Instant millis(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS);
  }

  static Wake millis(Wake wake) {
    return new Wake(
        millis(wake.time()),
        wake.reason(),
        wake.latency().map(it -> it.truncatedTo(ChronoUnit.MILLIS)));
  }

  static Failure millis(Failure failure) {
    return new Failure(
        failure.reason(),
        failure.message(),
        failure.count(),
        millis(failure.at()),
        millis(failure.nextRetry()));
  }

  /** {@code TIMED_OUT} as {@code TimedOut}: Kubernetes' spelling. */
  static String word(Enum<?> constant) {
    var word = new StringBuilder();
    for (String part : constant.name().split("_", -1)) {
      word.append(part.charAt(0)).append(part.substring(1).toLowerCase(Locale.ROOT));
    }
    return word.toString();
  }

  private static <E> Optional<E> find(E[] constants, Function<E, String> word, JsonNode node) {
    String text = node.asText();
    for (E constant : constants) {
      if (word.apply(constant).equals(text)) {
        return Optional.of(constant);
      }
    }
    return Optional.empty();
  }

  private static Optional<JsonNode> object(JsonNode parent, String field) {
    return Optional.of(parent.path(field)).filter(JsonNode::isObject);
  }

  private static Optional<String> text(JsonNode parent, String field) {
    return Optional.of(parent.path(field)).filter(JsonNode::isTextual).map(JsonNode::asText);
  }
}
