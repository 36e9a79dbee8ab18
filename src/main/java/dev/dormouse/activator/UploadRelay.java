package dev.dormouse.activator;

import dev.dormouse.intake.BodyReader;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The body of one request on its way to the workload, no faster than that takes it. */
final class UploadRelay {
  private final HttpConnection connection;
  private final BodyReader body;
  private final boolean bodiless;
  private @Nullable BodyWriter writer;
  private boolean sent;

  UploadRelay(HttpConnection connection, BodyReader body) {
    this.connection = connection;
    this.body = body;
    this.bodiless = body.isDone();
    this.sent = bodiless;
  }

  /** The request has no body. */
  boolean isBodiless() {
    return bodiless;
  }

  /** All of the request has been handed on. */
  boolean isSent() {
    return sent;
  }

  /** From now on it goes there. */
  void begin(Outflow to) {
    writer = new BodyWriter(to, body.isChunked());
    moved();
    to.flush();
  }

  /** It goes nowhere any more. */
  void end() {
    writer = null;
  }

  void put(ByteBuf piece) {
    if (writer != null) {
      writer.put(piece);
      moved();
    }
  }

  /** The workload has taken some of it, or can. */
  void moved() {
    if (writer != null) {
      connection.flow(writer.out().hasRoom());
    }
  }

  /** It is complete. */
  void complete(String trailers) {
    sent = true;
    if (writer != null) {
      writer.end(trailers);
    }
  }

  void flush() {
    if (writer != null) {
      writer.out().flush();
    }
  }
}
