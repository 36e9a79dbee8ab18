package dev.dormouse.api.schema;

import static dev.dormouse.api.schema.Shape.duration;
import static dev.dormouse.api.schema.Shape.fullList;
import static dev.dormouse.api.schema.Shape.integer;
import static dev.dormouse.api.schema.Shape.key;
import static dev.dormouse.api.schema.Shape.list;
import static dev.dormouse.api.schema.Shape.mapping;
import static dev.dormouse.api.schema.Shape.required;
import static dev.dormouse.api.schema.Shape.text;

import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.ServiceSpec.Listener;
import dev.dormouse.core.ServiceSpec.OwnAnswer.When;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceSpec.StopSignal;
import java.util.Map;
import java.util.Optional;

/**
 * The shape of the resource. What fields are to each other is checked by their readers, and where
 * that is possible by {@code src/build/crd/rules.yaml}.
 */
public final class Schema {
  /** The longest duration that GEP-2257 can express in one unit. */
  private static final String LONGEST = "99999h";

  /** Each is read as a spec of its own. */
  public static final int MAX_REGIONS = 64;

  private static final Shape ENV =
      mapping(
          required("name", text(Syntax.VARIABLE)),
          key("value", text(Syntax.STRING)),
          key("valueFrom", new Shape.Open()));

  private static final Shape ROUTE =
      mapping(
          key("host", text(Syntax.HOST)),
          required("path", text(Syntax.PATH)),
          key("upstreamPath", text(Syntax.PATH)),
          key("http", new Shape.Choice(Http.REFUSE)),
          key(
              "answer",
              mapping(
                  key("status", integer(200, 200, 599)),
                  key("body", text(Syntax.BODY)),
                  key("contentType", text(Syntax.MEDIA_TYPE)),
                  key("when", new Shape.Choice(When.ALWAYS)))));

  private static final Shape SCALE_TARGET =
      mapping(
          required("apiVersion", text(Syntax.SCALABLE_VERSION)),
          required("kind", text(Syntax.SCALABLE_KIND)),
          required("name", text(Syntax.OBJECT)));

  /** {@code hold} is 15s by default, and {@code timeout} if that is shorter. */
  private static final Shape STARTUP =
      mapping(
          key("timeout", duration("30s", "1ms", LONGEST)),
          key("hold", duration("1ms", LONGEST)),
          key("maxWaiting", integer(256, 1, 10_000)),
          key("handshake", duration("10s", "1ms", LONGEST)),
          key("scheduling", duration("10m", "1ms", LONGEST)),
          key("listener", new Shape.Choice(Listener.OWN)),
          key(
              "probe",
              mapping(
                  key("tcp", mapping()),
                  key("http", mapping(required("path", text(Syntax.PROBE)))))));

  private static final Shape SHUTDOWN =
      mapping(
          key("drain", duration("5s", "0s", "5m")),
          key("gracePeriod", duration("10s", "0s", "1h")),
          key("signal", new Shape.Choice(StopSignal.TERM, true)));

  private static final Shape DOZE =
      mapping(
          key("after", duration("10s", "100ms", "1h")),
          key("heartbeat", new Shape.Choice(Heartbeat.AUTO)),
          key("wakeEvery", duration("1s", LONGEST)),
          key("wakeOn", mapping(key("files", fullList(text(Syntax.FILE), 64)))));

  /** {@code max} is 60s by default, and {@code initial} if that is longer. */
  private static final Shape RETRY =
      mapping(
          key("initial", duration("1s", "1ms", LONGEST)),
          key("max", duration("1ms", LONGEST)),
          key(
              "breaker",
              mapping(
                  key("failures", integer(5, 1, 1000)),
                  key("window", duration("5m", "1ms", LONGEST)))));

  private static final Shape KEEPALIVE =
      mapping(
          key("interval", duration("25s", "1s", LONGEST)),
          key("failureThreshold", integer(2, 1, 100)));

  private static final Shape MONITOR =
      mapping(key("address", text(Syntax.NETWORK)), key("userAgent", text(Syntax.USER_AGENT)));

  private static final Shape ACCESS =
      mapping(
          key("allowedOrigins", fullList(text(Syntax.ORIGIN), 256)),
          key("maxConnections", integer(10_000, 1, 1_000_000)),
          key("maxConnectionsPerClient", integer(0, 0, 1_000_000)),
          key("trustedProxies", list(text(Syntax.NETWORK), 256)),
          key("monitors", list(MONITOR, 64)));

  /** RFC 6455, section 5.5: a control frame must fit. */
  private static final Shape LIMITS =
      mapping(
          key("maxFrame", new Shape.Size("125", "1Gi", Optional.empty())),
          key("maxHead", new Shape.Size("1Ki", "1Mi", Optional.of("16Ki"))),
          key("slowClient", duration("60s", "1s", LONGEST)));

  private static final Shape HEADERS =
      mapping(
          key("set", new Shape.Entries(Syntax.SET_HEADER, text(Syntax.HEADER_VALUE), 64)),
          key("remove", list(text(Syntax.HEADER), 64)));

  private static final Shape WARM =
      mapping(
          key("schedule", text(Syntax.CRON)),
          key("duration", duration("1s", LONGEST)),
          key("timeZone", text(Syntax.ZONE)),
          key("from", text(Syntax.TIME)),
          key("until", text(Syntax.TIME)));

  private static final Shape FALLBACK =
      mapping(
          key("status", integer(503, 400, 599)),
          key("retryAfter", duration("5s", "0s", LONGEST)),
          key("body", text(Syntax.BODY)),
          key("script", new Shape.Flag(false)),
          key("page", new Shape.Flag(false)));

  private static final Shape SERVED_BY =
      mapping(required("region", text(Syntax.REGION)), key("upstream", text(Syntax.BASE_URL)));

  /** The spec with {@code servedBy}, which the patches of regions may add. */
  public static final Shape SPEC =
      mapping(
          key("activation", new Shape.Choice(Activation.ON_DEMAND)),
          key("command", fullList(text(Syntax.STRING), 256)),
          key("args", list(text(Syntax.STRING), 1024)),
          key("workingDir", text(Syntax.STRING)),
          key("env", list(ENV, 1024)),
          key("port", integer(0, 65_535)),
          key("socket", text(Syntax.SOCKET)),
          key("path", text(Syntax.PATH)),
          key("routes", fullList(ROUTE, 64)),
          key("image", text(Syntax.IMAGE)),
          key("resources", new Shape.Open()),
          key("template", new Shape.Open()),
          key("scaleTargetRef", SCALE_TARGET),
          key("idleTimeout", duration("15m", "1ms", LONGEST)),
          key("minimumUptime", duration("60s", "0s", LONGEST)),
          key("sleep", new Shape.Choice(Sleep.STOP)),
          key("doze", DOZE),
          key("startup", STARTUP),
          key("shutdown", SHUTDOWN),
          key("retry", RETRY),
          key("keepalive", KEEPALIVE),
          key("access", ACCESS),
          key("limits", LIMITS),
          key("headers", HEADERS),
          key("dependsOn", list(text(Syntax.NAME), 32)),
          key("warm", list(WARM, 128)),
          key("fallback", FALLBACK),
          key("regions", new Shape.Entries(Syntax.REGION, new Shape.Open(), MAX_REGIONS)),
          key("servedBy", SERVED_BY));

  private static final Shape METADATA =
      mapping(
          required("name", text(Syntax.NAME)),
          key("namespace", text(Syntax.NAME)),
          key("labels", new Shape.Any()),
          key("annotations", new Shape.Any()),
          key("generateName", new Shape.Any()),
          key("uid", new Shape.Any()),
          key("resourceVersion", new Shape.Any()),
          key("generation", new Shape.Any()),
          key("creationTimestamp", new Shape.Any()),
          key("deletionTimestamp", new Shape.Any()),
          key("deletionGracePeriodSeconds", new Shape.Any()),
          key("selfLink", new Shape.Any()),
          key("finalizers", new Shape.Any()),
          key("ownerReferences", new Shape.Any()),
          key("managedFields", new Shape.Any()));

  /** The whole resource. */
  public static final Shape RESOURCE =
      mapping(
          required("apiVersion", text(Syntax.API_VERSION)),
          required("kind", text(Syntax.KIND)),
          key("metadata", METADATA),
          key("spec", SPEC),
          key("status", new Shape.Open()));

  private Schema() {}

  /**
   * Reports what is unknown, missing, misshapen, empty or too long in a field and below it. What a
   * string or a number may be is checked as it is read.
   */
  public static void check(Field field) {
    if (field.isNull() && !(field.shape() instanceof Shape.Any)) {
      field.problem("has no value; give it one or remove it");
    } else {
      checkInside(field);
    }
  }

  private static void checkInside(Field field) {
    switch (field.shape()) {
      case Shape.Mapping mapping -> checkKeys(field, mapping);
      case Shape.Entries entries -> {
        field.atMost(entries.max(), "entries");
        field.entries().values().forEach(Schema::check);
      }
      case Shape.Items items -> {
        field.atMost(items.max(), "elements");
        field.items().forEach(Schema::check);
      }
      case Shape.Open _ -> field.entries();
      case Shape.Choice _,
          Shape.Any _,
          Shape.Text _,
          Shape.Span _,
          Shape.Whole _,
          Shape.Flag _,
          Shape.Size _ -> {}
    }
  }

  private static void checkKeys(Field field, Shape.Mapping mapping) {
    Map<String, Shape> keys = mapping.keys();
    field
        .entries()
        .forEach(
            (key, child) -> {
              if (keys.containsKey(key)) {
                check(child);
              } else {
                child.problem("is unknown" + Formats.didYouMean(key, keys.keySet()));
              }
            });
    mapping.required().stream()
        .filter(it -> field.node().isObject() && !field.node().has(it))
        .map(field::at)
        .forEach(Field::required);
  }
}
