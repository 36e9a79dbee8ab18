package dev.dormouse.activator;

import dev.dormouse.activator.head.ListHeader;
import dev.dormouse.core.ServiceSpec.Http;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import java.util.Locale;

/**
 * What a person sees who opens a page of a service with {@code fallback.page} while that is being
 * started: a page that loads itself anew. Programs, and what a page loads, wait for the answer.
 */
final class WaitingPage {
  /** A quick start shows its own page at once. */
  static final Duration AFTER = Duration.ofSeconds(1);

  private static final int UNAVAILABLE = 503;

  private static final String HTML =
      """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta http-equiv="refresh" content="1">
      <meta name="viewport" content="width=device-width">
      <meta name="robots" content="noindex">
      <title>Starting…</title>
      <style>
        body { font: 1.1rem/1.5 system-ui, sans-serif; display: grid; place-content: center;
               min-height: 90vh; text-align: center; color-scheme: light dark; }
        p::after { content: "…"; animation: wait 1.2s steps(3, end) infinite; }
        @keyframes wait { from { opacity: .2 } to { opacity: 1 } }
      </style>
      <p>Just a moment, this service is starting</p>
      </html>
      """;

  private WaitingPage() {}

  /** Whether it is what this request should see. */
  static boolean isFor(HttpExchange.Message message) {
    HttpHeaders headers = message.request().headers();
    return message.hit().served().spec().fallback().page()
        && message.hit().route().http() == Http.WAKE
        && message.request().method().equals(HttpMethod.GET)
        && headers.get("Sec-Fetch-Mode", "navigate").equals("navigate")
        && acceptsHtml(headers);
  }

  /** Browsers name it when they are to show a document; a wildcard is no such word. */
  private static boolean acceptsHtml(HttpHeaders headers) {
    return ListHeader.of(headers, HttpHeaderNames.ACCEPT).stream()
        .map(it -> it.toLowerCase(Locale.ROOT).split(";", 2)[0].strip())
        .anyMatch("text/html"::equals);
  }

  /** It is no answer to the request: nobody may keep it. */
  static Answer answer() {
    var headers = new DefaultHttpHeaders();
    headers
        .set("Content-Type", "text/html; charset=utf-8")
        .set("Cache-Control", "no-store")
        .set("Retry-After", "1");
    return new Answer(UNAVAILABLE, headers, HTML);
  }
}
