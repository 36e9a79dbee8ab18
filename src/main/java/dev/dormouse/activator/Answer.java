package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.core.Refusal;
import dev.dormouse.core.ServiceSpec.Fallback;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A short answer of our own; without a body of the service's choice it is RFC 9457 JSON. */
record Answer(int status, HttpHeaders headers, String body) {

  /** Refuses a request that is none of the service's business. */
  static Answer of(Cause cause, Optional<Served> served) {
    Answer answer = problem(cause.status, cause.code, cause.detail, served, Optional.empty());
    if (cause.status == 426) {
      answer.headers.set("Upgrade", "websocket").set("Sec-WebSocket-Version", "13");
    }
    return answer;
  }

  /** The service's fallback with a reason that the gate or the hold gave. */
  static Answer of(Refusal refusal, Served served, Instant now) {
    String code = refusal.reason().code();
    int status = served.spec().fallback().status();
    Duration until = Duration.between(now, refusal.retryAt().orElse(now));
    return problem(status, code, refusal.detail(), Optional.of(served), refusal.retryAt())
        .asFallback(served.spec().fallback(), until);
  }

  /** The service's fallback for a workload that does not do its part of the handshake. */
  static Answer ofUpstream(Cause cause, Served served) {
    return of(cause, Optional.of(served)).asFallback(served.spec().fallback(), Duration.ZERO);
  }

  /** The whole response, after which the connection is closed. The caller releases it. */
  ByteBuf closing() {
    var head = new StringBuilder("HTTP/1.1 ").append(HttpResponseStatus.valueOf(status));
    headers.forEach(h -> head.append("\r\n").append(h.getKey()).append(": ").append(h.getValue()));
    byte[] content = body.getBytes(UTF_8);
    head.append("\r\nContent-Length: ").append(content.length);
    head.append("\r\nConnection: close\r\n\r\n");
    return Unpooled.wrappedBuffer(head.toString().getBytes(ISO_8859_1), content);
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

  private static Answer problem(
      int status, String code, String detail, Optional<Served> served, Optional<Instant> retryAt) {
    var json = new StringBuilder("{");
    field(json, "type", "tag:dormouse.dev,2026:" + code);
    field(json, "title", HttpResponseStatus.valueOf(status).reasonPhrase());
    json.append("\"status\":").append(status).append(',');
    field(json, "detail", detail);
    served.ifPresent(s -> field(json, "service", s.id().toString()));
    retryAt.ifPresent(at -> field(json, "retryAt", at.toString()));
    field(json, "reason", code);
    json.setCharAt(json.length() - 1, '}');
    var headers = new DefaultHttpHeaders().set("Content-Type", "application/problem+json");
    return new Answer(status, headers, json.toString());
  }

  /** An answer to a question. */
  static Answer ok(String type, String body) {
    return new Answer(200, new DefaultHttpHeaders().set("Content-Type", type), body);
  }

  private static void field(StringBuilder json, String name, String value) {
    json.append('"').append(name).append("\":\"");
    value
        .chars()
        .forEach(
            c -> json.append(c == '"' || c == '\\' ? "\\" : "").append((char) Math.max(c, ' ')));
    json.append("\",");
  }
}
