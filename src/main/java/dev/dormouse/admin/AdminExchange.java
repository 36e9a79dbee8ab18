package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Optional;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** One request and its answer. */
record AdminExchange(HttpServerRequest request, HttpServerResponse response) {
  static final String PLAIN = "text/plain; charset=utf-8";
  static final String JSON = "application/json";

  boolean isHead() {
    return request.method().equals(HttpMethod.HEAD);
  }

  boolean reads() {
    return isHead() || request.method().equals(HttpMethod.GET);
  }

  String path() {
    int query = request.uri().indexOf('?');
    return query < 0 ? request.uri() : request.uri().substring(0, query);
  }

  /** A parameter of the query, as it stands there. */
  Optional<String> parameter(String name) {
    int query = request.uri().indexOf('?');
    return query < 0
        ? Optional.empty()
        : Stream.of(request.uri().substring(query + 1).split("&", -1))
            .filter(pair -> pair.startsWith(name + "="))
            .map(pair -> pair.substring(name.length() + 1))
            .findFirst();
  }

  Publisher<Void> notAllowed(String allowed) {
    response.header(HttpHeaderNames.ALLOW, allowed);
    return send(405, PLAIN, "Only " + allowed + ".\n");
  }

  Publisher<Void> send(int status, String type, String body) {
    return send(status, type, body.getBytes(UTF_8));
  }

  Publisher<Void> send(int status, String type, byte[] body) {
    head(status, type).header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
    return isHead()
        ? response.send()
        : response.send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)));
  }

  /** Says what every answer says: its type, nothing else, and only now. */
  HttpServerResponse head(int status, String type) {
    return response
        .status(status)
        .header(HttpHeaderNames.CONTENT_TYPE, type)
        .header(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "no-referrer");
  }

  Publisher<Void> found(String type, Optional<byte[]> body) {
    return body.map(found -> send(200, type, found)).orElseGet(this::notFound);
  }

  Publisher<Void> notFound() {
    return send(404, PLAIN, "Nothing here.\n");
  }
}
