package dev.dormouse.admin;

import static dev.dormouse.admin.AdminExchange.JSON;
import static java.lang.System.Logger.Level.INFO;

import dev.dormouse.api.schema.Formats;
import dev.dormouse.control.LogLine;
import dev.dormouse.control.ManualControl;
import dev.dormouse.control.ManualControl.Answer;
import dev.dormouse.control.ManualControl.Manner;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.Text;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * {@code POST /services/NAMESPACE/NAME/wake?for=3h} and {@code .../sleep?drain=true&stop=true}.
 * Answers 202, or what is wrong as problem JSON (RFC 9457).
 */
final class ControlEndpoint {
  private static final System.Logger LOG = System.getLogger("dormouse");
  private static final Pattern PATH =
      Pattern.compile("/services/([a-z0-9-]{1,63})/([a-z0-9-]{1,63})/(wake|sleep)");
  private static final String PROBLEM = "application/problem+json";
  private static final int MAX_BODY = 1024;
  private static final int MAX_A_SECOND = 20;

  private final ManualControl control;
  private final ControlAuthorization rights;
  private final ServicesJson json;
  private final InstantSource clock;
  private Instant second = Instant.MIN;
  private int thisSecond;

  /** What is to be done to which service. */
  record Order(ServiceId id, boolean wake) {}

  ControlEndpoint(
      ManualControl control, ControlAuthorization rights, ServicesJson json, InstantSource clock) {
    this.control = control;
    this.rights = rights;
    this.json = json;
    this.clock = clock;
  }

  static Optional<Order> parse(String path) {
    var matcher = PATH.matcher(path);
    return matcher.matches()
        ? Optional.of(
            new Order(
                new ServiceId(matcher.group(1), matcher.group(2)), matcher.group(3).equals("wake")))
        : Optional.empty();
  }

  Publisher<Void> obey(AdminExchange exchange, Order order) {
    Optional<String> objection = rights.objection(exchange.request());
    if (objection.isPresent()) {
      return problem(exchange, 403, objection.get());
    }
    if (isLong(exchange.request().requestHeaders())) {
      exchange.response().header(HttpHeaderNames.CONNECTION, "close");
      return problem(exchange, 413, "No body is needed.");
    }
    if (!admit()) {
      exchange.response().header(HttpHeaderNames.RETRY_AFTER, "1");
      return problem(exchange, 429, "Too many at a time.");
    }
    Optional<String> mistake = order.wake() ? mistakeOfWake(exchange) : mistakeOfSleep(exchange);
    if (mistake.isPresent()) {
      return problem(exchange, 400, mistake.get());
    }
    String wishes =
        Stream.of("for", "drain", "stop")
            .flatMap(name -> exchange.parameter(name).map(it -> " " + name + "=" + it).stream())
            .collect(Collectors.joining());
    String told = "told to " + (order.wake() ? "wake" : "sleep") + Text.printable(wishes);
    LogLine.of(order.id(), told + " by=" + exchange.request().remoteAddress()).log(LOG, INFO);
    return Mono.fromFuture(() -> ask(exchange, order))
        .map(answer -> tell(exchange, order, answer))
        .onErrorResume(RejectedExecutionException.class, _ -> Mono.just(stopping(exchange)))
        .flatMap(Mono::from);
  }

  private static Optional<String> mistakeOfWake(AdminExchange exchange) {
    return exchange
        .parameter("for")
        .filter(it -> Formats.duration(it).filter(Duration::isPositive).isEmpty())
        .map(_ -> "for is a duration such as 3h");
  }

  private static Optional<String> mistakeOfSleep(AdminExchange exchange) {
    return Stream.of("drain", "stop")
        .filter(it -> !exchange.parameter(it).orElse("true").matches("true|false"))
        .findFirst()
        .map(it -> it + " is true or false");
  }

  private CompletableFuture<Answer> ask(AdminExchange exchange, Order order) {
    return order.wake()
        ? control.wake(order.id(), exchange.parameter("for").flatMap(Formats::duration))
        : control.sleep(order.id(), new Manner(is(exchange, "drain"), is(exchange, "stop")));
  }

  private static boolean is(AdminExchange exchange, String parameter) {
    return exchange.parameter(parameter).orElse("").equals("true");
  }

  private Publisher<Void> tell(AdminExchange exchange, Order order, Answer answer) {
    return switch (answer) {
      case Answer.Accepted(String detail) ->
          exchange.send(202, JSON, json.text(Map.of("detail", detail)));
      case Answer.Refused(String why) -> problem(exchange, 409, why);
      case Answer.Unknown _ -> problem(exchange, 404, "There is no service " + order.id() + ".");
    };
  }

  private Publisher<Void> stopping(AdminExchange exchange) {
    return problem(exchange, 503, "Dormouse is stopping.");
  }

  private Publisher<Void> problem(AdminExchange exchange, int status, String detail) {
    var problem = new LinkedHashMap<String, Object>();
    problem.put("title", HttpResponseStatus.valueOf(status).reasonPhrase());
    problem.put("status", status);
    problem.put("detail", detail);
    return exchange.send(status, PROBLEM, json.text(problem));
  }

  private static boolean isLong(HttpHeaders headers) {
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH, "0");
    return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || !length.matches("\\d{1,4}")
        || Integer.parseInt(length) > MAX_BODY;
  }

  private synchronized boolean admit() {
    Instant now = clock.instant();
    if (!now.isBefore(second.plusSeconds(1))) {
      second = now;
      thisSecond = 0;
    }
    return thisSecond++ < MAX_A_SECOND;
  }
}
