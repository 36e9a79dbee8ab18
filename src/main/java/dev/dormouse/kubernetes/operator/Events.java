package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.control.LogLine;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.Text;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Reply;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.objects.Trees;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells people, in {@code kubectl describe}, what happens to a service. The same said again is
 * counted, not repeated; a service that has much to say is cut short; and nothing waits for it.
 * What is told of one service arrives in the order in which it was told. Thread-safe.
 */
final class Events {
  private static final Logger LOG = System.getLogger("dormouse");
  private static final int MAX_MESSAGE = 1024;

  /** The same within this time is one event with a count. */
  private static final Duration SAME = Duration.ofMinutes(10);

  /** As many events of one service go out at once; then one for each pause. */
  private static final int BURST = 20;

  private static final Duration PAUSE = Duration.ofSeconds(15);
  private static final int REMEMBERED = 4096;

  private final Api api;
  private final InstantSource clock;
  private final String instance;
  private final Map<Said, Sent> sent = bounded();
  private final Map<ServiceId, Instant> credit = bounded();

  /** The last request about each service, as long as it is under way. */
  private final Map<ServiceId, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

  Events(Api api, InstantSource clock, String instance) {
    this.api = api;
    this.clock = clock;
    this.instance = instance;
  }

  /** About which object. */
  record About(ServiceId id, String uid) {}

  private record Said(About about, String reason, String message) {}

  private record Sent(String name, int count, Instant first, Instant last) {}

  /** Something that people expect to happen. */
  void normal(About about, String reason, String message) {
    say("Normal", new Said(about, reason, cut(message)));
  }

  /** Something that people should look at. */
  void warning(About about, String reason, String message) {
    say("Warning", new Said(about, reason, cut(message)));
  }

  private synchronized void say(String type, Said said) {
    Instant now = clock.instant();
    if (!mayTell(said.about().id(), now)) {
      return;
    }
    Sent before = sent.get(said);
    if (before != null && before.last().plus(SAME).isAfter(now)) {
      var again = new Sent(before.name(), before.count() + 1, before.first(), now);
      sent.put(said, again);
      ObjectNode patch = JsonNodeFactory.instance.objectNode();
      patch.put("count", again.count()).put("lastTimestamp", time(now));
      send(() -> api.patch(path(said) + "/" + again.name(), Api.Patch.MERGE, patch), said);
    } else {
      String name = said.about().id().name() + "." + UUID.randomUUID();
      var first = new Sent(name, 1, now, now);
      sent.put(said, first);
      send(() -> api.post(path(said), event(type, said, first)), said);
    }
  }

  /**
   * A bucket that holds {@link #BURST} and gains one a {@link #PAUSE}, kept as the time it is full.
   */
  private boolean mayTell(ServiceId id, Instant now) {
    Instant full = credit.getOrDefault(id, now);
    Instant next = (full.isBefore(now) ? now : full).plus(PAUSE);
    if (next.isAfter(now.plus(PAUSE.multipliedBy(BURST)))) {
      return false;
    }
    credit.put(id, next);
    return true;
  }

  private ObjectNode event(String type, Said said, Sent first) {
    ServiceId id = said.about().id();
    ObjectNode event = Trees.object("v1", "Event", id, first.name());
    event
        .putObject("involvedObject")
        .put("apiVersion", "dormouse.dev/v1alpha1")
        .put("kind", "OnDemandService")
        .put("namespace", id.namespace())
        .put("name", id.name())
        .put("uid", said.about().uid());
    event.put("type", type).put("reason", said.reason()).put("message", said.message());
    event.put("firstTimestamp", time(first.first())).put("lastTimestamp", time(first.last()));
    event.put("count", 1);
    event.put("reportingComponent", Names.DORMOUSE).put("reportingInstance", instance);
    event.putObject("source").put("component", Names.DORMOUSE);
    return event;
  }

  private interface Request {
    CompletableFuture<Reply> send();
  }

  private void send(Request request, Said said) {
    ServiceId id = said.about().id();
    CompletableFuture<Void> before =
        underWay.getOrDefault(id, CompletableFuture.completedFuture(null));
    CompletableFuture<Void> sending =
        before
            .thenCompose(_ -> request.send())
            .handle((reply, failure) -> answered(said, reply, failure));
    underWay.put(id, sending);
    var _ = sending.thenRun(() -> underWay.remove(id, sending));
  }

  private static @Nullable Void answered(
      Said said, @Nullable Reply reply, @Nullable Throwable failure) {
    if (reply == null || !reply.ok()) {
      String why = reply == null ? String.valueOf(failure) : reply.why();
      LogLine.of(said.about().id(), "event " + said.reason() + " was not taken: " + why)
          .log(LOG, Level.DEBUG);
    }
    return null;
  }

  private static String path(Said said) {
    return "api/v1/namespaces/" + said.about().id().namespace() + "/events";
  }

  private static String cut(String text) {
    String message = Text.printable(text);
    return message.length() <= MAX_MESSAGE
        ? message
        : message.substring(0, MAX_MESSAGE - 3) + "...";
  }

  private static String time(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static <K, V> Map<K, V> bounded() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > REMEMBERED;
      }
    };
  }
}
