package dev.dormouse.navigator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one of Navigator's regular expressions as the exact paths that it comes to. A run of
 * characters within one segment becomes a variable; what could span segments is lost.
 */
final class PathPattern {
  private static final int MAX_PATHS = 16;
  private static final int MAX_DEPTH = 16;
  private static final Pattern REGION = Pattern.compile("\\$(FLY_REGION\\b|\\{FLY_REGION})");
  private static final Pattern NAMED = Pattern.compile("\\(\\?P?<([A-Za-z]\\w*)>");

  /** As in the manifest: each segment is literal or one variable. */
  private static final Pattern PATH =
      Pattern.compile("(/(\\{[A-Za-z]\\w*}|[\\w.~!$&'()+,;=:@-]*))+");

  private final String regex;
  private int at;
  private int depth;
  private int groups;
  private int variables;

  private PathPattern(String regex) {
    this.regex = regex;
  }

  /**
   * One path.
   *
   * @param groups what the capture groups stand for, by their number
   */
  record Path(String text, Map<Integer, String> groups) {
    /** A target with {@code $1} and so on filled in. */
    String fill(String target) {
      String filled = target;
      for (var group : groups.entrySet()) {
        filled = filled.replace("$" + group.getKey(), group.getValue());
      }
      return filled;
    }
  }

  /** The paths, and what became different; or no path, and why. */
  record Reading(List<Path> paths, List<String> remarks) {}

  private record Piece(String text, Map<Integer, String> groups, boolean lost) {
    static final Piece NOTHING = new Piece("", Map.of(), false);

    static Piece of(String text) {
      return new Piece(text, Map.of(), false);
    }

    Piece then(Piece next) {
      Map<Integer, String> all = new TreeMap<>(groups);
      all.putAll(next.groups);
      return new Piece(text + next.text, all, lost || next.lost);
    }

    Piece captured(int group) {
      Map<Integer, String> all = new TreeMap<>(groups);
      all.put(group, text);
      return new Piece(text, all, lost);
    }
  }

  private static final class Inexpressible extends RuntimeException {
    private static final long serialVersionUID = 1;

    Inexpressible(String why) {
      super(why);
    }
  }

  /**
   * Reads an expression.
   *
   * @param region whose name in a path stands for any region's
   */
  static Reading read(String regex, Optional<String> region) {
    try {
      return new PathPattern(regex).read(region);
    } catch (Inexpressible e) {
      return new Reading(List.of(), List.of(String.valueOf(e.getMessage())));
    }
  }

  private Reading read(Optional<String> region) {
    List<Piece> pieces = alternatives();
    if (at < regex.length()) {
      throw new Inexpressible("its parentheses do not match");
    }
    List<Path> paths =
        pieces.stream()
            .filter(it -> !it.lost())
            .map(it -> located(it, region))
            .filter(it -> PATH.matcher(it.text()).matches())
            .distinct()
            .toList();
    List<String> remarks = new ArrayList<>();
    if (paths.isEmpty()) {
      remarks.add("it matches more than single segments, or parts of them");
    } else if (paths.size() < pieces.size()) {
      remarks.add("what it matches below or beside " + paths.getFirst().text() + " is left out");
    }
    boolean bound = regex.matches("(?s)(\\^|\\\\A).*(?<!\\\\)(\\$|\\\\z)");
    if (!paths.isEmpty() && !bound) {
      remarks.add("it is not bound by ^ and $; paths are matched exactly here");
    }
    return new Reading(paths, remarks);
  }

  private static Path located(Piece piece, Optional<String> region) {
    Map<Integer, String> located = new TreeMap<>();
    piece.groups().forEach((group, text) -> located.put(group, located(text, region)));
    return new Path(located(piece.text(), region), located);
  }

  private static String located(String text, Optional<String> region) {
    return region
        .map(it -> text.replaceAll("(?<=/)" + Pattern.quote(it) + "(?=/|$)", "{region}"))
        .orElse(text);
  }

  private List<Piece> alternatives() {
    if (++depth > MAX_DEPTH) {
      throw new Inexpressible("it is nested too deep");
    }
    List<Piece> all = new ArrayList<>(sequence());
    while (at < regex.length() && regex.charAt(at) == '|') {
      at++;
      all.addAll(sequence());
    }
    depth--;
    return bounded(all);
  }

  private static List<Piece> bounded(List<Piece> pieces) {
    if (pieces.size() > MAX_PATHS) {
      throw new Inexpressible("it comes to more than " + MAX_PATHS + " paths");
    }
    return pieces;
  }

  private List<Piece> sequence() {
    List<Piece> sequence = List.of(Piece.NOTHING);
    while (at < regex.length() && regex.charAt(at) != '|' && regex.charAt(at) != ')') {
      List<Piece> next = repeated(atom());
      sequence = bounded(sequence.stream().flatMap(left -> next.stream().map(left::then)).toList());
    }
    return sequence;
  }

  private List<Piece> atom() {
    char c = regex.charAt(at);
    Matcher region = REGION.matcher(regex).region(at, regex.length());
    if (region.lookingAt()) {
      at = region.end();
      return List.of(Piece.of("{region}"));
    }
    return switch (c) {
      case '(' -> group();
      case '[' -> charClass();
      case '\\' -> escaped();
      case '.' -> {
        boolean below = at > 0 && regex.charAt(at - 1) == '/';
        at++;
        List<Piece> any = run(true);
        yield below ? any.subList(any.size() - 1, any.size()) : any; // /x/.* is not about /x/
      }
      case '^', '$' -> {
        at++;
        yield List.of(Piece.NOTHING);
      }
      default -> {
        at++;
        yield List.of(Piece.of(String.valueOf(c)));
      }
    };
  }

  private List<Piece> group() {
    Matcher named = NAMED.matcher(regex).region(at, regex.length());
    boolean captures = true;
    if (named.lookingAt()) {
      at = named.end();
    } else if (regex.startsWith("(?:", at)) {
      captures = false;
      at += 3;
    } else if (regex.startsWith("(?", at)) {
      throw new Inexpressible("it has flags or assertions");
    } else {
      at++;
    }
    int number = captures ? ++groups : 0;
    List<Piece> inner = alternatives();
    if (at >= regex.length()) {
      throw new Inexpressible("its parentheses do not match");
    }
    at++;
    return captures ? inner.stream().map(it -> it.captured(number)).toList() : inner;
  }

  private List<Piece> charClass() {
    int end = regex.indexOf(']', at + 2);
    if (end < 0) {
      throw new Inexpressible("its brackets do not match");
    }
    String members = regex.substring(at + 1, end);
    at = end + 1;
    return run(members.startsWith("^") != members.contains("/"));
  }

  private List<Piece> escaped() {
    if (at + 1 >= regex.length()) {
      throw new Inexpressible("it ends with a backslash");
    }
    char c = regex.charAt(at + 1);
    at += 2;
    return switch (c) {
      case 'w', 'd' -> run(false);
      case 'W', 'D', 's', 'S' -> run(true);
      case 'A', 'z' -> List.of(Piece.NOTHING);
      default -> {
        if (Character.isLetterOrDigit(c)) {
          throw new Inexpressible("\\" + c + " is not understood here");
        }
        yield List.of(Piece.of(String.valueOf(c)));
      }
    };
  }

  /** Of characters of a kind; a single one would be a part of a segment. */
  private List<Piece> run(boolean spansSegments) {
    char quantifier = at < regex.length() ? regex.charAt(at) : ' ';
    boolean many = quantifier == '+' || quantifier == '*';
    Piece some =
        many && !spansSegments
            ? Piece.of("{part" + ++variables + "}")
            : new Piece("", Map.of(), true);
    if (many) {
      at++;
      skipLazy();
    }
    return quantifier == '*' ? List.of(Piece.NOTHING, some) : List.of(some);
  }

  private List<Piece> repeated(List<Piece> once) {
    char quantifier = at < regex.length() ? regex.charAt(at) : ' ';
    Piece none = once.stream().map(it -> emptied(it)).findFirst().orElse(Piece.NOTHING);
    Piece lost = new Piece("", Map.of(), true);
    List<Piece> result =
        switch (quantifier) {
          case '?' -> with(once, none);
          case '*' -> List.of(none, lost);
          case '+' -> with(once, lost);
          case '{' -> List.of(lost);
          default -> once;
        };
    if (quantifier == '{') {
      at = Math.max(at, regex.indexOf('}', at));
    }
    if ("?*+{".indexOf(quantifier) >= 0) {
      at++;
      skipLazy();
    }
    return result;
  }

  /** Groups that match nothing stand for nothing. */
  private static Piece emptied(Piece piece) {
    Map<Integer, String> empty = new TreeMap<>();
    piece.groups().keySet().forEach(group -> empty.put(group, ""));
    return new Piece("", empty, false);
  }

  private static List<Piece> with(List<Piece> pieces, Piece one) {
    List<Piece> all = new ArrayList<>(pieces);
    all.add(one);
    return all;
  }

  private void skipLazy() {
    if (at < regex.length() && regex.charAt(at) == '?') {
      at++;
    }
  }
}
