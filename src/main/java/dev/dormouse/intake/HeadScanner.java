package dev.dormouse.intake;

import java.util.Locale;
import java.util.Set;

/**
 * Reads the bytes of heads, one after the other, and knows what no two parsers may read in two ways
 * (RFC 9112, 2.2, 2.3, 3, 5.1, 5.2 and 11.2). Keeps nothing of them.
 */
final class HeadScanner {
  /** Told instead of a place: this is no head. */
  static final int FLAWED = -1;

  /** Headers that announce what is no further head: a body, or another protocol. */
  private static final Set<String> LAST = Set.of("content-length", "transfer-encoding", "upgrade");

  private static final int LONGEST_NAME_IN_LAST = 17;

  /** RFC 9110, 5.6.2: what a token may consist of beside letters and digits. */
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  /** How a version begins, in this case only: "HTTP/". */
  private static final long HTTP = 0x48_54_54_50_2FL;

  private final StringBuilder name = new StringBuilder(LONGEST_NAME_IN_LAST + 1);
  private Place place = Place.BEFORE_HEAD;
  private boolean afterCr;
  private boolean last;
  private boolean complete;

  /** The last eight bytes of the request line: its version. */
  private long version;

  /** Of the current head, or of the last one. */
  private int length;

  /** Where in a head the next byte stands. */
  private enum Place {
    BEFORE_HEAD,
    REQUEST_LINE,
    LINE_START,
    NAME,
    VALUE
  }

  /** Bytes of the head that is under way, or was the last one. */
  int length() {
    return length;
  }

  /** Whether what was read so far ends between two heads. */
  boolean isBetween() {
    return place == Place.BEFORE_HEAD && !afterCr;
  }

  /** Whether a whole head has been read, and not an empty line in front of one. */
  boolean isComplete() {
    return complete;
  }

  /** Whether a head was read behind which something else than a head may follow. */
  boolean isLast() {
    return last && complete;
  }

  /**
   * Reads on.
   *
   * @param most the most bytes of a head
   * @return to behind the first head or empty line that ends here, else to the end, or {@link
   *     #FLAWED}
   */
  int scan(byte[] read, int from, int most) {
    int at = from;
    while (at < read.length) {
      at = place == Place.VALUE && !afterCr ? skipValue(read, at, most) : at;
      if (at < read.length) {
        if (!isFlawless(read[at]) || (place != Place.BEFORE_HEAD && ++length > most)) {
          return FLAWED;
        }
        at++;
        if (isBetween()) {
          return at;
        }
      }
    }
    return at;
  }

  /** Most of a head is this: up to what is not plain, or too much. */
  private int skipValue(byte[] read, int from, int most) {
    int end = Math.min(read.length, from + most - length);
    int at = from;
    while (at < end && read[at] >= ' ' && read[at] != 0x7f) {
      at++;
    }
    length += at - from;
    return at;
  }

  private boolean isFlawless(byte next) {
    if (next == '\n') {
      return afterCr && endsLine();
    }
    if (afterCr) {
      return false;
    }
    if (next == '\r') {
      afterCr = true;
      return true;
    }
    return switch (place) {
      case BEFORE_HEAD, REQUEST_LINE -> {
        boolean apart = place == Place.REQUEST_LINE && (version & 0xFF) != ' ';
        if (place == Place.BEFORE_HEAD) {
          length = 0;
          complete = false;
          last = false;
          place = Place.REQUEST_LINE;
        }
        version = version << 8 | (next & 0xFF);
        yield (next > ' ' && next != 0x7f) || (next == ' ' && apart);
      }
      case LINE_START -> {
        place = Place.NAME;
        name.setLength(0);
        yield isName(next);
      }
      case NAME -> next == ':' ? endsName() : isName(next);
      case VALUE -> next < 0 || next == '\t' || (next >= ' ' && next != 0x7f);
    };
  }

  private boolean isName(byte next) {
    if (name.length() <= LONGEST_NAME_IN_LAST) {
      name.append((char) next);
    }
    char c = (char) next;
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || TOKEN_MARKS.indexOf(c) >= 0;
  }

  private boolean endsName() {
    last |= LAST.contains(name.toString().toLowerCase(Locale.ROOT));
    place = Place.VALUE;
    return true;
  }

  private boolean endsLine() {
    afterCr = false;
    boolean flawless =
        place != Place.NAME && (place != Place.REQUEST_LINE || version >>> 24 == HTTP);
    place =
        switch (place) {
          case BEFORE_HEAD -> Place.BEFORE_HEAD;
          case LINE_START -> {
            complete = true;
            yield Place.BEFORE_HEAD;
          }
          case REQUEST_LINE, NAME, VALUE -> Place.LINE_START;
        };
    return flawless;
  }
}
