package dev.dormouse.siege;

import java.util.Arrays;
import java.util.Locale;

/** How a hostile client behaves: what it says first, what it adds every second, what it reads. */
enum Kind {
  /** Connects, and that is all. */
  SILENT("", ""),
  ONE_BYTE("G", ""),
  /** Complete header lines and no empty line. */
  HALF_HEAD(head("/echo", "") + lines(14_700), ""),
  /** As many headers as fit: parsed, they take forty times their size. */
  SHORT_LINES(head("/echo", "") + "a:b\r\n".repeat(90), ""),
  DRIP("GET /echo HTTP/1.1\r\nHost: h\r\nX: ", "y"),
  TLS_HELLO("\u0016\u0003\u0001\u0002\u0000\u0001", ""),
  /** Asks every second on a connection that it keeps. */
  KEEP_ALIVE(head("/", "") + "\r\n", head("/", "") + "\r\n", true),
  /** Sends requests and reads no answer. */
  PIPELINE((head("/", "") + "\r\n").repeat(12), head("/", "") + "\r\n"),
  /** Is refused, reads nothing of it and does not hang up. */
  DEAF_TO_REFUSAL(upgrade("/nowhere", ""), "x"),
  /** The service itself refuses it, with 60 KB that it does not read. */
  BIG_REFUSAL(upgrade("/refuse", ""), "x"),
  /** Waits, with a large head, for a service that does not come. */
  HELD(upgrade("/never", lines(14_700)), ""),
  IDLE_TUNNEL(upgrade("/hostile", ""), "", true),
  /** Its server sends without end; it reads nothing. */
  SLOW_READER(upgrade("/flood", ""), frame(0)),
  /** Sends without end to a server that reads nothing. */
  STUFFER(upgrade("/sink", ""), frame(60_000)),
  /** Comes and goes. */
  CHURN(upgrade("/nowhere", ""), null),
  ADMIN_SILENT("", ""),
  ADMIN_HALF_HEAD(head("/metrics", "") + lines(7_000), ""),
  ADMIN_UNREAD((head("/metrics", "") + "\r\n").repeat(3), head("/metrics", "") + "\r\n"),
  ADMIN_VIEWER(head("/events", "") + "\r\n", ""),
  ADMIN_POST("POST /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999\r\n\r\n", "x");

  final String first;

  /** Said every second; null if it hangs up instead. */
  final String then;

  final boolean reads;

  Kind(String first, String then) {
    this(first, then, false);
  }

  Kind(String first, String then, boolean reads) {
    this.first = first;
    this.then = then;
    this.reads = reads;
  }

  boolean isOfAdmin() {
    return name().startsWith("ADMIN");
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Kind of(String label) {
    return Arrays.stream(values())
        .filter(kind -> kind.label().equals(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("siege: no kind " + label));
  }

  static String head(String path, String more) {
    return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more;
  }

  static String upgrade(String path, String more) {
    return head(path, more)
        + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
  }

  private static String lines(int bytes) {
    return ("X-Padding: " + "p".repeat(487) + "\r\n").repeat(bytes / 500);
  }

  /** A binary message of a client, its masking key 0. */
  static String frame(int bytes) {
    String length =
        bytes < 126
            ? String.valueOf((char) (0x80 | bytes))
            : "\u00fe" + (char) (bytes >> 8) + (char) (bytes & 0xff);
    return "\u0082" + length + "\0\0\0\0" + "\0".repeat(bytes);
  }
}
