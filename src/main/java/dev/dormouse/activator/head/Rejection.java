package dev.dormouse.activator.head;

/**
 * Why a request is refused.
 *
 * @param detail for people: which header, which limit
 */
public record Rejection(RejectReason cause, String detail) {
  /** As much of what a client sent as is told again. */
  private static final int MAX_QUOTED = 64;

  /** One of which there is no more to say than its cause. */
  public static Rejection of(RejectReason cause) {
    return new Rejection(cause, cause.detail);
  }

  /** A value that a client sent, shortened, in quotes and printable ASCII. */
  public static String quoted(String value) {
    var text = new StringBuilder("\"");
    value.chars().limit(MAX_QUOTED).forEach(c -> text.append(isPlain(c) ? (char) c : '?'));
    return text.append(value.length() > MAX_QUOTED ? "...\"" : "\"").toString();
  }

  private static boolean isPlain(int c) {
    return c >= ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '&';
  }
}
