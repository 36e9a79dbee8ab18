package dev.dormouse.core;

/**
 * Text that others have written, made fit to be shown: one line, in which nothing moves a cursor,
 * hides or reorders what is beside it. Whatever is logged, answered or printed goes through here.
 */
public final class Text {
  private static final char ESCAPE = '\u001b';
  private static final char BELL = '\u0007';
  private static final char REPLACEMENT = '\ufffd';

  private Text() {}

  /**
   * The text without control characters, terminals' sequences (ECMA-48), format characters that
   * reorder (Unicode's UAX 9) or hide, and half surrogate pairs. What ends a line becomes a space;
   * tabs stay.
   */
  public static String printable(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isPlain(text.charAt(i))) {
        return clean(text, i);
      }
    }
    return text;
  }

  /** The same of lines that belong together: those after the first are indented. */
  public static String indented(String lines) {
    var all = new StringBuilder(lines.length() + 64);
    lines.lines().map(Text::printable).forEach(line -> all.append(line).append("\n\t"));
    all.setLength(Math.max(0, all.length() - 2));
    return all.toString();
  }

  /** Most of what there is needs no second look. */
  private static boolean isPlain(char c) {
    return (c >= ' ' && c < 0x7f) || c == '\t' || (c >= 0xa0 && c < 0x61c);
  }

  private static String clean(String text, int from) {
    var clean = new StringBuilder(text.length()).append(text, 0, from);
    int at = from;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      int end = endOfSequence(text, at);
      if (end == at) {
        append(point, clean);
        end = at + Character.charCount(point);
      }
      at = end;
    }
    return clean.toString();
  }

  private static void append(int point, StringBuilder clean) {
    if (endsLine(point)) {
      boolean separated = clean.isEmpty() || clean.charAt(clean.length() - 1) == ' ';
      clean.append(separated ? "" : " ");
    } else if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
      clean.append(REPLACEMENT);
    } else if (point == '\t' || !(Character.isISOControl(point) || isHidden(point))) {
      clean.appendCodePoint(point);
    }
  }

  private static boolean endsLine(int point) {
    return switch (point) {
      case '\n', 0x0b, '\f', '\r', 0x85, 0x2028, 0x2029 -> true;
      default -> false;
    };
  }

  /**
   * What is not seen itself. The joiners U+200C and U+200D stay: some scripts cannot do without.
   */
  private static boolean isHidden(int point) {
    return point == 0x61c
        || point == 0x180e
        || point == 0x200b
        || point == 0x200e
        || point == 0x200f
        || (point >= 0x202a && point <= 0x202e)
        || (point >= 0x2060 && point <= 0x206f)
        || point == 0xfeff
        || (point >= 0xfff9 && point <= 0xfffb)
        || (point >= 0xe0000 && point <= 0xe007f);
  }

  /** Where a sequence for terminals that begins here ends; {@code at} if none does. */
  private static int endOfSequence(String text, int at) {
    return switch (text.charAt(at)) {
      case 0x9b -> endOfControl(text, at + 1);
      case 0x90, 0x98, 0x9d, 0x9e, 0x9f -> endOfString(text, at + 1);
      case ESCAPE ->
          switch (at + 1 < text.length() ? text.charAt(at + 1) : 0) {
            case '[' -> endOfControl(text, at + 2);
            case 'P', 'X', ']', '^', '_' -> endOfString(text, at + 2);
            default -> endOfEscape(text, at + 1);
          };
      default -> at;
    };
  }

  /** Parameters, intermediates, one final character: ECMA-48, 5.4. */
  private static int endOfControl(String text, int from) {
    int at = skip(text, from, '0', '?');
    at = skip(text, at, ' ', '/');
    return at < text.length() && text.charAt(at) >= '@' && text.charAt(at) <= '~' ? at + 1 : at;
  }

  /** Intermediates, one final character: ECMA-35, 13.1. */
  private static int endOfEscape(String text, int from) {
    int at = skip(text, from, ' ', '/');
    return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '~' ? at + 1 : from;
  }

  /** Up to its terminator, ECMA-48, 5.6; only the introducer if there is none. */
  private static int endOfString(String text, int from) {
    for (int at = from; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == BELL || c == 0x9c) {
        return at + 1;
      }
      if (c == ESCAPE && at + 1 < text.length() && text.charAt(at + 1) == '\\') {
        return at + 2;
      }
    }
    return from;
  }

  private static int skip(String text, int from, char first, char last) {
    int at = from;
    while (at < text.length() && text.charAt(at) >= first && text.charAt(at) <= last) {
      at++;
    }
    return at;
  }
}
