package dev.dormouse.activator;

import static io.netty.handler.codec.http.HttpHeaderNames.HOST;
import static io.netty.handler.codec.http.HttpHeaderNames.ORIGIN;

import dev.dormouse.activator.head.Handshake;
import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.Glob;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.ServiceSpec.OwnAnswer;
import dev.dormouse.core.ServiceSpec.OwnAnswer.When;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the head of a request deserves: first its route is looked at, then the handshake, then the
 * origin; limits and the gate come after it. Found without touching any gate (promise 8).
 */
sealed interface RequestCheck {
  /** A valid upgrade on a declared route from an allowed origin. */
  record Accept(RouteTable.Hit hit) implements RequestCheck {}

  /** A web page asks something that its browser may know. */
  record Tell(Optional<GatedService> served, PageScript.Question question)
      implements RequestCheck {}

  /** An ordinary request that the route itself answers. */
  record Own(GatedService served, OwnAnswer answer) implements RequestCheck {}

  /** An ordinary request for the service, from an allowed origin. */
  record Forward(RouteTable.Hit hit) implements RequestCheck {}

  /** Anything else. */
  record Refuse(Optional<GatedService> served, Rejection flaw) implements RequestCheck {}

  /** RFC 3986, 3.2.2: a host and its port. */
  Pattern HOST_SYNTAX =
      Pattern.compile("(?:\\[[0-9A-Fa-f:.]+]|[\\w.~!$&'()*+,;=%-]*)(?::([0-9]{1,5}))?");

  static RequestCheck of(HttpRequest request, RouteTable routes) {
    HttpHeaders headers = request.headers();
    Optional<RouteTable.Hit> hit = routes.match(headers.get(HOST, ""), request.uri());
    Optional<GatedService> served = hit.map(RouteTable.Hit::served);
    Optional<PageScript.Question> question =
        Handshake.isUpgrade(headers)
            ? Optional.empty()
            : PageScript.question(request, served, routes);
    if (question.isPresent()) {
      return tell(headers, served, question.get());
    }
    if (hit.isPresent() && !Handshake.isUpgrade(headers) && hit.get().route().takesRequests()) {
      return ordinary(request, hit.get());
    }
    Optional<Rejection> flaw =
        served.isEmpty()
            ? Optional.of(Rejection.of(RejectReason.UNKNOWN_ROUTE))
            : Handshake.isUpgrade(headers)
                ? Handshake.flaw(request).or(() -> foreign(headers, served.get()))
                : Optional.of(Handshake.missing(request));
    return flaw.<RequestCheck>map(it -> new Refuse(served, it))
        .orElseGet(() -> new Accept(hit.orElseThrow()));
  }

  private static RequestCheck ordinary(HttpRequest request, RouteTable.Hit hit) {
    GatedService served = hit.served();
    Optional<OwnAnswer> own =
        hit.route().own().filter(it -> it.when() == When.ALWAYS || !served.isAwake());
    if (own.isPresent()) {
      return new Own(served, own.get());
    }
    Optional<Rejection> flaw =
        hit.route().http() == Http.REFUSE
            ? Optional.of(Handshake.missing(request))
            : foreign(request.headers(), served);
    return flaw.<RequestCheck>map(it -> new Refuse(Optional.of(served), it))
        .orElseGet(() -> new Forward(hit));
  }

  /** The script is the same for everybody; how a service is is nobody's business but its pages'. */
  private static RequestCheck tell(
      HttpHeaders headers, Optional<GatedService> served, PageScript.Question question) {
    Optional<Rejection> flaw = served.flatMap(it -> foreign(headers, it));
    return question == PageScript.Question.SCRIPT || flaw.isEmpty()
        ? new Tell(served, question)
        : new Refuse(served, flaw.get());
  }

  private static Optional<Rejection> foreign(HttpHeaders headers, GatedService served) {
    List<String> origins = headers.getAll(ORIGIN);
    if (isAllowed(origins, served.spec().access().allowedOrigins())) {
      return Optional.empty();
    }
    String which = Rejection.quoted(String.join(", ", origins));
    return Optional.of(
        new Rejection(
            RejectReason.FOREIGN_ORIGIN,
            "access.allowedOrigins does not allow origin " + which + "."));
  }

  /** RFC 9112, 3.2: exactly one, and a valid one; HTTP/1.0 knows none. */
  static Optional<Rejection> hostFlaw(HttpRequest request) {
    List<String> hosts = request.headers().getAll(HOST);
    if (hosts.isEmpty()) {
      return request.protocolVersion().minorVersion() == 0
          ? Optional.empty()
          : Optional.of(new Rejection(RejectReason.MALFORMED, "Header host is missing."));
    }
    if (hosts.size() > 1) {
      return Optional.of(
          new Rejection(RejectReason.MALFORMED, "Header host is there more than once."));
    }
    return isHost(hosts.getFirst())
        ? Optional.empty()
        : Optional.of(new Rejection(RejectReason.MALFORMED, "Header host is no host and port."));
  }

  /** What most are, without a port. */
  private static boolean isPlainName(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-') {
        return false;
      }
    }
    return true;
  }

  /** Whether a Host header may have this value. */
  static boolean isHost(String text) {
    if (isPlainName(text)) {
      return true;
    }
    Matcher matcher = HOST_SYNTAX.matcher(text);
    return matcher.matches()
        && (matcher.group(1) == null || Integer.parseInt(matcher.group(1)) <= 65_535);
  }

  /**
   * The check protects people from foreign pages in their browsers, which always send an origin
   * (RFC 6455, 10.2). A client that sends none is no browser and could send any.
   */
  private static boolean isAllowed(List<String> origins, List<String> allowed) {
    if (allowed.isEmpty() || origins.isEmpty()) {
      return true;
    }
    if (origins.size() > 1) {
      return false;
    }
    for (String glob : allowed) {
      if (Glob.of(glob).matches(origins.getFirst())) {
        return true;
      }
    }
    return false;
  }
}
