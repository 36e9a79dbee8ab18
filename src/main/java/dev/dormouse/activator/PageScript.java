package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Failure;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceStatus;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * What web pages get of a service with {@code fallback.script}: the script, and what the script
 * asks: how the service is. A browser tells a page nothing of a refused upgrade, neither status nor
 * body (WHATWG WebSockets, "fail the connection"). No gate is touched (promise 8), and all that is
 * told stands in what a refused upgrade is told anyway.
 *
 * <p>Asked for by a GET without preflight. The query leads there on the service's own path, since
 * that may be all that a proxy in front of us passes on.
 */
final class PageScript {
  private static final String PATH = "/dormouse.js";
  private static final String FILE = "dormouse.js";

  /** What is asked, by the query that asks it. */
  enum Question {
    SCRIPT("dormouse=script"),
    STATUS("dormouse=status");

    private final String query;

    Question(String query) {
      this.query = query;
    }
  }

  private PageScript() {}

  /** What a request that is no upgrade asks. */
  static Optional<Question> question(
      HttpRequest request, Optional<GatedService> served, RouteTable routes) {
    boolean reads =
        request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
    if (!reads || !routes.isScripted()) {
      return Optional.empty();
    }
    String[] target = request.uri().split("\\?", 2);
    if (served.isEmpty()) {
      return Optional.of(Question.SCRIPT).filter(_ -> target[0].equals(PATH));
    }
    return Arrays.stream(Question.values())
        .filter(_ -> served.get().spec().fallback().script() && target.length == 2)
        .filter(it -> Arrays.asList(target[1].split("&", -1)).contains(it.query))
        .findFirst();
  }

  /** The answer to a page that may have it. */
  static Answer answer(HttpRequest request, RequestCheck.Tell tell, Instant now) {
    return switch (tell.question()) {
      case SCRIPT -> script();
      case STATUS -> status(request, tell.served().orElseThrow().status().get(), now);
    };
  }

  private static Answer script() {
    Answer answer = Answer.ok("text/javascript; charset=utf-8", Text.SCRIPT);
    answer
        .headers()
        .set("Cache-Control", "public, max-age=3600")
        .set("Access-Control-Allow-Origin", "*")
        .set("Cross-Origin-Resource-Policy", "cross-origin")
        .set("X-Content-Type-Options", "nosniff");
    return answer;
  }

  private static Answer status(HttpRequest request, ServiceStatus status, Instant now) {
    Answer answer = Answer.ok("application/json", json(status, now));
    answer
        .headers()
        .set("Cache-Control", "no-store")
        .set("Vary", "Origin")
        .set("X-Content-Type-Options", "nosniff");
    String origin = request.headers().get(HttpHeaderNames.ORIGIN);
    if (origin != null) {
      answer.headers().set("Access-Control-Allow-Origin", origin);
    }
    return answer;
  }

  /** The time is told twice: a browser's clock may be wrong. */
  private static String json(ServiceStatus status, Instant now) {
    boolean ready = status.ready().status() != Condition.Status.FALSE;
    Condition telling = ready ? status.active() : status.ready();
    Optional<Instant> retryAt =
        status.failure().filter(_ -> status.phase() == Phase.FAILED).map(Failure::nextRetry);
    return "{\"phase\":\""
        + status.phase().word()
        + ("\",\"ready\":" + ready)
        + (",\"reason\":\"" + telling.reason().word() + "\"")
        + retryAt.map(at -> retry(at, now)).orElse("")
        + "}";
  }

  private static String retry(Instant at, Instant now) {
    long millis = Math.max(0, Duration.between(now, at).toMillis());
    return ",\"retryAt\":\"" + at + "\",\"retryInMs\":" + millis;
  }

  /** Read when it is first asked for. */
  private static final class Text {
    static final String SCRIPT = read();

    private Text() {}

    private static String read() {
      try (var in = PageScript.class.getResourceAsStream(FILE)) {
        if (in == null) {
          throw new FileNotFoundException(FILE);
        }
        return new String(in.readAllBytes(), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
