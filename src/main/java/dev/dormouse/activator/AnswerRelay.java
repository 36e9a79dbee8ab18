package dev.dormouse.activator;

import dev.dormouse.intake.BodyReader;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;

/** The answer to one request on its way to the client, framed by what we have understood of it. */
final class AnswerRelay {
  private static final String EVENTS = "text/event-stream";

  private final HttpConnection connection;
  private final HttpMethod method;
  private BodyWriter body;
  private boolean begun;
  private boolean answering;
  private boolean unframed;
  private boolean events;

  /** Of an answer to a request with this method. */
  AnswerRelay(HttpConnection connection, HttpMethod method) {
    this.connection = connection;
    this.method = method;
    this.body = new BodyWriter(connection.out, false);
  }

  /** Some of an answer has come: the request is not to be sent again. */
  boolean isBegun() {
    return begun;
  }

  /** The head of the answer has been handed on. */
  boolean isAnswering() {
    return answering;
  }

  /** The client takes the end of its connection for the end of the answer. */
  boolean isUnframed() {
    return unframed;
  }

  /** Whether it is an event stream whose end can be told. */
  boolean isEventStream() {
    return events && !unframed;
  }

  /** An informational answer; a client of HTTP/1.0 knows none. */
  void inform(HttpResponse response) {
    begun = true;
    if (!connection.isOld()) {
      connection.out.give(Heads.answer(connection.channel.alloc(), response, "", ""));
    }
  }

  /**
   * The head of the answer.
   *
   * @param last whether the connection cannot go on behind it
   */
  void head(HttpResponse response, BodyReader framing, boolean last) {
    begun = true;
    answering = true;
    String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    events = framing.isChunked() && type.regionMatches(true, 0, EVENTS, 0, EVENTS.length());
    String field = frame(response, framing);
    if (unframed || last) {
      connection.endsWithThis();
    }
    String told = connection.connectionField();
    connection.out.give(Heads.answer(connection.channel.alloc(), response, field, told));
  }

  /** The field that tells the client where the body ends. */
  private String frame(HttpResponse response, BodyReader framing) {
    if (method.equals(HttpMethod.HEAD) || Heads.isBodiless(response.status())) {
      return Framing.told(response);
    }
    if (framing.length().isPresent()) {
      return "Content-Length: " + framing.length().getAsLong();
    }
    unframed = framing.isUntilClose() || connection.isOld();
    body = new BodyWriter(connection.out, !unframed);
    return unframed ? "" : "Transfer-Encoding: chunked";
  }

  /** A piece of its body. */
  void content(ByteBuf piece) {
    body.put(piece);
  }

  /** The end of its body. */
  void end(String trailers) {
    body.end(trailers);
  }
}
