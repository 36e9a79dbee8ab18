package dev.dormouse.intake;

import io.netty.handler.codec.http.HttpRequest;

/** What is kept for a client, in bytes of heap as measured, object headers and all. */
public final class Costs {
  /** A connection that has been let in, with all that serves requests. */
  public static final int CONNECTION = 4096;

  /** A tunnel: two connections, joined. */
  public static final int TUNNEL = 3584;

  /** What a write that waits takes beside its bytes. */
  public static final int WRITE = 320;

  /** A parsed header: an entry and two texts. */
  private static final int HEADER = 160;

  private Costs() {}

  /** A head that has been parsed. */
  public static int parsed(HttpRequest request) {
    int bytes = request.uri().length();
    for (var header : request.headers()) {
      bytes += header.getKey().length() + header.getValue().length() + HEADER;
    }
    return bytes;
  }

  /** An upgrade that waits: its head as it was parsed, and as it is to be sent. */
  public static int held(HttpRequest request) {
    return CONNECTION + 2 * parsed(request);
  }
}
