package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.activator.head.HttpDate;
import dev.dormouse.activator.head.ListHeader;
import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceSpec.OwnAnswer;
import dev.dormouse.core.Text;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A short answer of our own. Without a body of the service's choice it is RFC 9457 JSON, or text
 * where the client asks for that, as browsers do.
 */
record Answer(int status, HttpHeaders headers, String body) {
  /** Why a client is refused that another region has refused. */
  static final String REFUSED_ELSEWHERE = "The region that serves it refused.";

  private static final int UPGRADE_REQUIRED = 426;

  /** What is wrong, for programs and for people. */
  private record Problem(
      int status,
      String code,
      String detail,
      Optional<GatedService> served,
      Optional<Instant> retryAt) {
    String title() {
      return HttpResponseStatus.valueOf(status).reasonPhrase();
    }

    String json() {
      var json = new StringBuilder("{");
      field(json, "type", "tag:dormouse.dev,2026:" + code);
      field(json, "title", title());
      json.append("\"status\":").append(status).append(',');
      field(json, "detail", detail);
      served.ifPresent(s -> field(json, "service", s.id().toString()));
      retryAt.ifPresent(at -> field(json, "retryAt", at.toString()));
      field(json, "reason", code);
      json.setCharAt(json.length() - 1, '}');
      return json.toString();
    }

    String text() {
      var text = new StringBuilder().append(status).append(' ').append(title()).append("\n\n");
      text.append(detail).append('\n');
      served.ifPresent(s -> text.append("service: ").append(s.id()).append('\n'));
      retryAt.ifPresent(at -> text.append("next try: ").append(at).append('\n'));
      return text.append("reason: ").append(code).append('\n').toString();
    }

    /** In the form that the client asks for. */
    Answer to(HttpHeaders asked) {
      boolean plain = wantsText(asked);
      var headers = new DefaultHttpHeaders();
      headers.set("Content-Type", plain ? "text/plain; charset=utf-8" : "application/problem+json");
      return new Answer(status, headers, plain ? text() : json());
    }

    /** Whichever it names first; without a word for either it is a program. */
    private static boolean wantsText(HttpHeaders asked) {
      for (String range : ListHeader.of(asked, HttpHeaderNames.ACCEPT.toString())) {
        String type = range.toLowerCase(Locale.ROOT);
        if (type.startsWith("text/")) {
          return true;
        } else if (type.startsWith("application/problem+json")
            || type.startsWith("application/json")) {
          return false;
        }
      }
      return false;
    }
  }

  /** Refuses a request that is none of the service's business. */
  static Answer of(Rejection flaw, Optional<GatedService> served, HttpHeaders asked) {
    RejectReason cause = flaw.cause();
    Answer answer =
        new Problem(cause.status, cause.code, flaw.detail(), served, Optional.empty()).to(asked);
    if (cause.status == UPGRADE_REQUIRED) {
      answer
          .headers
          .set("Upgrade", "websocket")
          .set("Connection", "Upgrade")
          .set("Sec-WebSocket-Version", "13");
    }
    return answer;
  }

  /** The service's fallback with a reason that the gate or the hold gave. */
  static Answer of(Refusal refusal, GatedService served, HttpHeaders asked, Instant now) {
    String code = refusal.reason().code();
    int status = served.spec().fallback().status();
    Duration until = Duration.between(now, refusal.retryAt().orElse(now));
    return new Problem(status, code, refusal.detail(), Optional.of(served), refusal.retryAt())
        .to(asked)
        .asFallback(served.spec().fallback(), until);
  }

  /** The service's fallback for a workload that does not do its part of the handshake. */
  static Answer ofUpstream(RejectReason cause, GatedService served, HttpHeaders asked) {
    return of(Rejection.of(cause), Optional.of(served), asked)
        .asFallback(served.spec().fallback(), Duration.ZERO);
  }

  /** The same for a connection that ends with it. */
  Answer last() {
    boolean upgrade = headers.contains(HttpHeaderNames.CONNECTION);
    headers.set("Connection", Heads.last(upgrade));
    return this;
  }

  /** What another region has answered, of which nothing but the status is told. */
  static Answer ofElsewhere(int status, GatedService served, HttpHeaders asked) {
    String code = ActivatorEvents.UPSTREAM_REFUSED;
    return new Problem(status, code, REFUSED_ELSEWHERE, Optional.of(served), Optional.empty())
        .to(asked);
  }

  /** The whole response, after which the connection is closed. The caller releases it. */
  ByteBuf closing(Instant now) {
    return last().whole(now, true);
  }

  /** The whole response, with its body or without it. The caller releases it. */
  ByteBuf whole(Instant now, boolean withBody) {
    var head = new StringBuilder("HTTP/1.1 ").append(HttpResponseStatus.valueOf(status));
    byte[] content = body.getBytes(UTF_8);
    head.append("\r\nDate: ").append(HttpDate.of(now));
    headers.forEach(h -> head.append("\r\n").append(h.getKey()).append(": ").append(h.getValue()));
    if (!Heads.isBodiless(HttpResponseStatus.valueOf(status))) {
      head.append("\r\nContent-Length: ").append(content.length);
    }
    byte[] start = head.append("\r\n\r\n").toString().getBytes(ISO_8859_1);
    return withBody ? Unpooled.wrappedBuffer(start, content) : Unpooled.wrappedBuffer(start);
  }

  /** What a route answers to ordinary requests by itself. */
  static Answer of(OwnAnswer own) {
    var headers = new DefaultHttpHeaders();
    if (!own.body().isEmpty()) {
      headers.set("Content-Type", own.contentType());
    }
    return new Answer(own.status(), headers, own.body());
  }

  private Answer asFallback(Fallback fallback, Duration untilRetry) {
    Duration wait =
        untilRetry.compareTo(fallback.retryAfter()) > 0 ? untilRetry : fallback.retryAfter();
    headers.set("Retry-After", wait.plusNanos(999_999_999).toSeconds());
    return fallback.body().map(this::withBody).orElse(this);
  }

  private Answer withBody(String text) {
    String start = text.stripLeading();
    String type =
        start.startsWith("<")
            ? "text/html"
            : start.startsWith("{") ? "application/json" : "text/plain";
    headers.set("Content-Type", type + "; charset=utf-8");
    return new Answer(status, headers, text);
  }

  /** An answer to a question. */
  static Answer ok(String type, String body) {
    return new Answer(200, new DefaultHttpHeaders().set("Content-Type", type), body);
  }

  private static void field(StringBuilder json, String name, String value) {
    json.append('"').append(name).append("\":\"");
    Text.printable(value)
        .chars()
        .forEach(
            c -> json.append(c == '"' || c == '\\' ? "\\" : "").append((char) Math.max(c, ' ')));
    json.append("\",");
  }
}
