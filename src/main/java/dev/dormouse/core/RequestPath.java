package dev.dormouse.core;

import java.util.ArrayList;
import java.util.List;

/**
 * The path of a request, cut into segments. Each is known as it came and in the form in which paths
 * are compared: the digits of percent-encodings in upper case, unreserved characters decoded (RFC
 * 3986, 6.2.2), and nothing else; an encoded slash never becomes one. Immutable.
 *
 * @param raw the segments as they came; before each stands a slash
 * @param normal the same, to be compared
 */
public record RequestPath(List<String> raw, List<String> normal) {
  private static final String HEX = "0123456789ABCDEF";

  /** RFC 3986, 3.3: what a segment may hold besides letters, digits and percent-encodings. */
  private static final String MARKS = "-._~!$&'()*+,;=:@";

  /** Of a path that starts with a slash. */
  public static RequestPath of(String path) {
    List<String> raw = new ArrayList<>();
    List<String> normal = new ArrayList<>();
    int from = 1;
    for (int slash = path.indexOf('/', from); slash >= 0; slash = path.indexOf('/', from)) {
      raw.add(path.substring(from, slash));
      from = slash + 1;
    }
    raw.add(path.substring(from));
    raw.forEach(segment -> normal.add(normalized(segment)));
    return new RequestPath(raw, normal);
  }

  /** The form in which paths, and parts of them, are compared. */
  public static String normalized(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    var normal = new StringBuilder(text.length());
    for (int at = 0; at < text.length(); at += unit(text, at)) {
      int code = decoded(text, at);
      if (code < 0) {
        normal.append(text.charAt(at));
      } else if (isUnreserved((char) code)) {
        normal.append((char) code);
      } else {
        normal.append('%').append(HEX.charAt(code >> 4)).append(HEX.charAt(code & 0xF));
      }
    }
    return normal.toString();
  }

  /**
   * Whether a pattern may take its segments for a variable or a rest: all of it is valid (RFC 3986,
   * 3.3), and nothing leads to another directory, whoever decodes slashes or cuts parameters off.
   */
  boolean isTame() {
    return normal.stream().allMatch(segment -> isValid(segment) && !climbs(segment));
  }

  /**
   * What follows, as it came, on the first characters of a segment's compared form.
   *
   * @param segment its index
   * @param length how many of its characters are passed over
   */
  String rest(int segment, int length) {
    String first = raw.get(segment);
    int at = 0;
    for (int passed = 0; passed < length; at += unit(first, at)) {
      int code = decoded(first, at);
      passed += code < 0 || isUnreserved((char) code) ? 1 : 3;
    }
    List<String> rest = new ArrayList<>(raw.subList(segment, raw.size()));
    rest.set(0, first.substring(at));
    return String.join("/", rest);
  }

  private static boolean isValid(String segment) {
    for (int at = 0; at < segment.length(); at += unit(segment, at)) {
      char c = segment.charAt(at);
      if (!isUnreserved(c) && MARKS.indexOf(c) < 0 && decoded(segment, at) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether a dot segment (RFC 3986, 3.3) is in it, between encoded slashes or alone. */
  private static boolean climbs(String segment) {
    if (segment.indexOf('.') < 0) {
      return false;
    }
    String pieces = segment.replace("%2F", "/").replace("%5C", "/") + "/";
    int from = 0;
    for (int end = pieces.indexOf('/'); end >= 0; end = pieces.indexOf('/', from)) {
      int parameter = pieces.indexOf(';', from, end);
      int length = (parameter < 0 ? end : parameter) - from;
      if (length > 0 && length <= 2 && pieces.startsWith("..".substring(0, length), from)) {
        return true;
      }
      from = end + 1;
    }
    return false;
  }

  /** How many characters stand for one at this place: three, if it is percent-encoded. */
  private static int unit(String text, int at) {
    return decoded(text, at) < 0 ? 1 : 3;
  }

  /** The byte that is percent-encoded at this place; negative if none is. */
  private static int decoded(String text, int at) {
    if (text.charAt(at) != '%' || at + 2 >= text.length()) {
      return -1;
    }
    int high = Character.digit(text.charAt(at + 1), 16);
    int low = Character.digit(text.charAt(at + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }
}
