package dev.dormouse.activator;

import dev.dormouse.activator.head.FieldNames;
import dev.dormouse.activator.head.ForwardedClient;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceSpec.Headers;
import dev.dormouse.intake.BodyReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Heads of HTTP messages as they are passed on: headers in the order and case in which they came.
 * The caller owns the buffers.
 */
final class Heads {
  private static final int TYPICAL_BYTES = 1024;
  private static final int COLON = ':' << 8 | ' ';
  private static final int CRLF = '\r' << 8 | '\n';

  /** {@code $name}; {@code $$} stands for a dollar sign. */
  private static final Pattern VARIABLE = Pattern.compile("\\$([a-z_]+|\\$)");

  /**
   * What only Dormouse may say; and {@code Proxy}, which becomes HTTP_PROXY in CGI-like workloads
   * (httpoxy, CVE-2016-5385).
   */
  private static final Set<String> NEVER_PASSED =
      FieldNames.set(
          ForwardedClient.FORWARDED_FOR,
          ForwardedClient.FORWARDED_PROTO,
          ForwardedClient.FORWARDED_HOST,
          "Proxy");

  /**
   * What a region that serves elsewhere declares is for its own workload; that end declares, too.
   */
  private static final Headers UNCHANGED = new Headers(Map.of(), List.of());

  private final ByteBuf out;

  private Heads(ByteBufAllocator allocator, String firstLine) {
    out = allocator.buffer(TYPICAL_BYTES);
    write(firstLine);
  }

  /**
   * The client's own handshake for the workload. X-Forwarded-For, -Proto and -Host stand in it
   * exactly once: the client's, if the peer is a trusted proxy, else those of the connection.
   */
  static ByteBuf request(
      ByteBufAllocator allocator,
      HttpRequest request,
      RouteTable.Hit hit,
      ForwardedClient sender,
      Optional<String> region) {
    var changes = Changes.to(request, hit.served(), sender, region);
    var head = new Heads(allocator, "GET " + hit.upstreamTarget() + " HTTP/1.1\r\n");
    head.handshake(request.headers(), changes::keep);
    changes.ours.forEach(head::header);
    return head.end();
  }

  /**
   * An ordinary request for the workload, with the same changes. Its body is framed by what we have
   * understood, and only by that.
   *
   * @param body what is to follow
   * @param to stands for the host that a client of HTTP/1.0 has not named
   */
  static ByteBuf forwarded(
      ByteBufAllocator allocator, HttpExchange.Message message, BodyReader body, Endpoint to) {
    HttpRequest request = message.request();
    HttpHeaders headers = request.headers();
    boolean old = request.protocolVersion().minorVersion() == 0;
    var changes = Changes.to(request, message.hit().served(), message.sender(), message.region());
    String target = message.hit().upstreamTarget();
    var head = new Heads(allocator, request.method() + " " + target + " HTTP/1.1\r\n");
    if (!headers.contains(HttpHeaderNames.HOST) && !changes.ours.containsKey("Host")) {
      head.header("Host", to.toString());
    }
    head.headers(
        headers,
        name ->
            !FieldNames.isFraming(name)
                && changes.keep(name)
                && !(old && name.equalsIgnoreCase("Expect"))); // RFC 9110, 10.1.1
    changes.ours.forEach(head::header);
    if (body.isChunked()) {
      head.header("Transfer-Encoding", "chunked");
    } else if (headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
      head.header("Content-Length", Long.toString(body.length().orElse(0)));
    }
    return head.end();
  }

  /** What is ours to say in a request, and what is not handed on. */
  private record Changes(
      Map<String, String> ours, Set<String> removed, Predicate<String> handedOn, boolean viaProxy) {
    static Changes to(
        HttpRequest request, GatedService served, ForwardedClient sender, Optional<String> region) {
      var spec = served.spec();
      var variables =
          Map.of(
              "remote_addr", sender.address(),
              "scheme", sender.scheme(),
              "host", request.headers().get(HttpHeaderNames.HOST, ""),
              "region", region.orElse(""));
      Map<String, String> ours = new TreeMap<>(FieldNames.ORDER);
      ours.put(ForwardedClient.FORWARDED_FOR, sender.forwardedFor());
      ours.put(ForwardedClient.FORWARDED_PROTO, sender.scheme());
      ours.put(ForwardedClient.FORWARDED_HOST, sender.host());
      Headers declared = spec.servedBy().isEmpty() ? spec.headers() : UNCHANGED;
      Set<String> removed = FieldNames.set();
      removed.addAll(declared.remove());
      removed.forEach(ours::remove);
      declared
          .set()
          .forEach(
              (name, value) -> {
                ours.remove(name);
                ours.put(name, expand(value, variables));
              });
      spec.servedBy().ifPresent(_ -> ours.put(RegionRedirect.SENT_BY, region.orElse("unknown")));
      var handedOn = FieldNames.handedOn(request.headers());
      return new Changes(ours, removed, handedOn, sender.viaProxy());
    }

    /** Whether a field of the client's is handed on as it came. */
    boolean keep(String name) {
      return !ours.containsKey(name)
          && !removed.contains(name)
          && handedOn.test(name)
          && (FieldNames.isOrdinary(name)
              || (!NEVER_PASSED.contains(name)
                  && !FieldNames.isDisguised(name)
                  && (viaProxy || !FieldNames.speaksForAProxy(name))));
    }
  }

  /**
   * The head of an answer to an ordinary request as it came, but for what concerns the workload's
   * connection only.
   *
   * @param framing the field that tells where its body ends; empty if none does
   * @param connection what the client is told of its own connection; empty for nothing
   */
  static ByteBuf answer(
      ByteBufAllocator allocator, HttpResponse response, String framing, String connection) {
    boolean upgradable = response.status().equals(HttpResponseStatus.UPGRADE_REQUIRED);
    Predicate<String> handedOn = FieldNames.handedOn(response.headers());
    var head = new Heads(allocator, firstLine(response.status()));
    head.headers(
        response.headers(),
        name ->
            !FieldNames.isFraming(name)
                && (handedOn.test(name) || (upgradable && name.equalsIgnoreCase("upgrade"))));
    if (!framing.isEmpty()) {
      head.write(framing + "\r\n");
    }
    if (!connection.isEmpty()) {
      head.header("Connection", connection);
    }
    if (upgradable) {
      head.header("Connection", "Upgrade");
    }
    return head.end();
  }

  /** A 101 as it came, but for what concerns the workload's connection only. */
  static ByteBuf switching(ByteBufAllocator allocator, HttpResponse response) {
    var head = new Heads(allocator, firstLine(response.status()));
    head.handshake(response.headers(), FieldNames.handedOn(response.headers()));
    return head.end();
  }

  /**
   * The workload's refusal, to be followed by its body in the framing that it has here, and the end
   * of the connection.
   */
  static ByteBuf refusal(ByteBufAllocator allocator, HttpResponse response) {
    boolean upgradable = response.status().equals(HttpResponseStatus.UPGRADE_REQUIRED);
    boolean framed = !response.status().equals(HttpResponseStatus.NO_CONTENT); // RFC 9110, 8.6
    Predicate<String> handedOn = FieldNames.handedOn(response.headers());
    var head = new Heads(allocator, firstLine(response.status()));
    head.headers(
        response.headers(),
        name ->
            FieldNames.isFraming(name)
                ? framed
                : handedOn.test(name)
                    || (upgradable && name.equalsIgnoreCase("upgrade"))); // 15.5.22
    last(upgradable).forEach(option -> head.header("Connection", option));
    return head.end();
  }

  /**
   * The lines of Connection in a client's last answer. Each option has its own, close the first:
   * some clients, java.net.http among them, know it only where it is all that a line says.
   */
  static List<String> last(boolean upgradable) {
    return upgradable ? List.of("close", "Upgrade") : List.of("close");
  }

  /** Whether an answer to GET with this status has no body, whatever its fields say. */
  static boolean isBodiless(HttpResponseStatus status) {
    return status.equals(HttpResponseStatus.NO_CONTENT)
        || status.equals(HttpResponseStatus.NOT_MODIFIED);
  }

  /** In one go: what a client sends in place of a variable is never taken for one. */
  private static String expand(String value, Map<String, String> variables) {
    return VARIABLE
        .matcher(value)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(variables.getOrDefault(found.group(1), found.group(1))));
  }

  private static String firstLine(HttpResponseStatus status) {
    return "HTTP/1.1 " + status + "\r\n";
  }

  /**
   * What either side's handshake says of its connection is said anew (RFC 6455, 4.1 and 4.2.2), in
   * the same place.
   */
  private void handshake(HttpHeaders headers, Predicate<String> which) {
    Map<String, String> due = new TreeMap<>(FieldNames.ORDER);
    due.put("Connection", "Upgrade");
    due.put("Upgrade", "websocket");
    headers
        .iteratorCharSequence()
        .forEachRemaining(
            header -> {
              String name = header.getKey().toString();
              String ours = name.indexOf('_') < 0 ? due.remove(name) : null;
              if (ours != null) {
                header(name, ours);
              } else if (which.test(name) && !FieldNames.isFraming(name)) {
                header(name, header.getValue());
              }
            });
    due.forEach(this::header);
  }

  private void headers(HttpHeaders headers, Predicate<String> which) {
    headers
        .iteratorCharSequence()
        .forEachRemaining(
            header -> {
              if (which.test(header.getKey().toString())) {
                header(header.getKey(), header.getValue());
              }
            });
  }

  private void header(CharSequence name, CharSequence value) {
    write(name);
    out.writeShort(COLON);
    write(value);
    out.writeShort(CRLF);
  }

  /** Each character is the byte that it was read from: ISO 8859-1, whatever the method's name. */
  private void write(CharSequence text) {
    ByteBufUtil.writeAscii(out, text);
  }

  private ByteBuf end() {
    out.writeShort(CRLF);
    return out;
  }
}
