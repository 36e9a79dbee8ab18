package dev.dormouse.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The paths that a route answers to. A segment {@code {name}} stands for any one segment that is
 * not empty, a {@code *} at the end for any rest, an empty one too. Matched in one pass over the
 * path, whatever it holds. Immutable.
 */
public final class RoutePath {
  private static final String REGION = "{region}";
  private static final Segment EMPTY = new Segment.Literal("");

  private final List<Segment> segments;
  private final PathForm form;

  private RoutePath(List<Segment> segments) {
    this.segments = segments;
    this.form = form(segments);
  }

  private static PathForm form(List<Segment> segments) {
    var kinds = new StringBuilder();
    int open = PathForm.CLOSED;
    for (Segment segment : segments) {
      switch (segment) {
        case Segment.Literal(String text) ->
            kinds.append(text.isEmpty() ? PathForm.EMPTY : PathForm.WORD);
        case Segment.Variable _ -> kinds.append(PathForm.VARIABLE);
        case Segment.Rest(String start) -> open = start.length();
      }
    }
    return new PathForm(kinds.toString(), open);
  }

  private sealed interface Segment {
    /** This one, in the form in which segments are compared. */
    record Literal(String text) implements Segment {}

    /** Any one. */
    record Variable(String name) implements Segment {}

    /** The last: it, and all that follows, as long as it starts so. */
    record Rest(String start) implements Segment {}
  }

  /**
   * What a request has in place of the variables, as it came.
   *
   * @param rest in place of the {@code *}
   */
  public record Match(Map<String, String> variables, String rest) {
    /** The path that the workload sees, made of a declared one. */
    public String fill(String upstreamPath) {
      boolean open = upstreamPath.endsWith("*");
      String path = open ? upstreamPath.substring(0, upstreamPath.length() - 1) : upstreamPath;
      for (var variable : variables.entrySet()) {
        path = path.replace("{" + variable.getKey() + "}", variable.getValue());
      }
      return withOneSlash(open ? path + rest : path);
    }

    /** Two at the start would be taken for a host by some. */
    private static String withOneSlash(String path) {
      int first = 0;
      while (path.startsWith("//", first)) {
        first++;
      }
      return path.substring(first);
    }
  }

  /**
   * Of a path of valid syntax.
   *
   * @param region what {@code {region}} stands for; without it, for itself
   */
  public static RoutePath of(String path, Optional<String> region) {
    List<String> parts =
        RequestPath.of(region.map(it -> path.replace(REGION, it)).orElse(path)).normal();
    List<Segment> segments = new ArrayList<>(parts.size());
    for (String part : parts) {
      boolean open = part.endsWith("*") && segments.size() == parts.size() - 1;
      boolean any = part.startsWith("{") && !part.equals(REGION);
      segments.add(
          open
              ? new Segment.Rest(part.substring(0, part.length() - 1))
              : any
                  ? new Segment.Variable(part.substring(1, part.length() - 1))
                  : new Segment.Literal(part));
    }
    return new RoutePath(List.copyOf(segments));
  }

  /** Whether one path only matches it. */
  public boolean isLiteral() {
    return segments.stream().allMatch(Segment.Literal.class::isInstance);
  }

  /** Whether it matches any rest. */
  public boolean isOpen() {
    return segments.getLast() instanceof Segment.Rest;
  }

  /** Matches the whole of a path. */
  public Optional<Match> match(RequestPath path) {
    List<String> parts = path.normal();
    if (parts.size() < segments.size() || (parts.size() > segments.size() && !isOpen())) {
      return Optional.empty();
    }
    Map<String, String> variables = new HashMap<>();
    String rest = "";
    for (int i = 0; i < segments.size(); i++) {
      String part = parts.get(i);
      boolean matches =
          switch (segments.get(i)) {
            case Segment.Literal(String text) -> text.equals(part);
            case Segment.Variable _ -> !part.isEmpty();
            case Segment.Rest(String start) -> part.startsWith(start);
          };
      if (!matches) {
        return Optional.empty();
      }
      if (segments.get(i) instanceof Segment.Variable(String name)) {
        variables.put(name, path.raw().get(i));
      } else if (segments.get(i) instanceof Segment.Rest(String start)) {
        rest = path.rest(i, start.length());
      }
    }
    return isLiteral() || path.isTame()
        ? Optional.of(new Match(variables, rest))
        : Optional.empty();
  }

  /** Whether there is a path that both match. */
  public boolean overlaps(RoutePath other) {
    for (int i = 0; i < Math.min(segments.size(), other.segments.size()); i++) {
      Segment one = segments.get(i);
      Segment two = other.segments.get(i);
      if (one instanceof Segment.Rest(String start)) {
        return canStart(two, start);
      }
      if (two instanceof Segment.Rest(String start)) {
        return canStart(one, start);
      }
      if (!canEqual(one, two)) {
        return false;
      }
    }
    return segments.size() == other.segments.size();
  }

  private static boolean canStart(Segment segment, String start) {
    return switch (segment) {
      case Segment.Literal(String text) -> text.startsWith(start);
      case Segment.Variable _ -> true;
      case Segment.Rest(String other) -> other.startsWith(start) || start.startsWith(other);
    };
  }

  private static boolean canEqual(Segment one, Segment two) {
    return one instanceof Segment.Variable
        ? !two.equals(EMPTY)
        : two instanceof Segment.Variable ? !one.equals(EMPTY) : one.equals(two);
  }

  /** What it is made of, but for its words. */
  public PathForm form() {
    return form;
  }

  /**
   * The words that a path of another form, which meets this one's, must have, too, to match what
   * this one matches; empty if it cannot have them.
   */
  public Optional<String> words(PathForm other) {
    var words = new StringBuilder();
    int common = Math.min(form.kinds().length(), other.kinds().length());
    for (int i = 0; i < common; i++) {
      if (segments.get(i) instanceof Segment.Literal(String text)
          && other.kinds().charAt(i) == PathForm.WORD) {
        words.append(text).append('/');
      }
    }
    return last(common, other).map(it -> words.append(it).toString());
  }

  /** What stands where the shorter of the two goes on as it likes. */
  private Optional<String> last(int at, PathForm other) {
    boolean longer = other.kinds().length() > at;
    if (segments.size() <= at || (longer && other.kinds().charAt(at) != PathForm.WORD)) {
      return Optional.of("");
    }
    return switch (segments.get(at)) {
      case Segment.Literal(String text) -> start(text, other.open());
      case Segment.Variable _ -> Optional.of("");
      case Segment.Rest(String text) ->
          start(text, longer ? text.length() : Math.min(text.length(), other.open()));
    };
  }

  private static Optional<String> start(String text, int length) {
    return text.length() < length ? Optional.empty() : Optional.of(text.substring(0, length));
  }

  /** Whether the other one matches all that this one matches. */
  public boolean isWithin(RoutePath other) {
    if (!overlaps(other)) {
      return false;
    }
    for (int i = 0; i < other.segments.size(); i++) {
      Segment one = segments.get(i);
      Segment two = other.segments.get(i);
      if (two instanceof Segment.Rest(String start)) {
        return !(one instanceof Segment.Variable && !start.isEmpty())
            && !(one instanceof Segment.Rest(String mine) && !mine.startsWith(start));
      }
      if (one instanceof Segment.Rest
          || (one instanceof Segment.Variable && !(two instanceof Segment.Variable))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Which of two is asked first: at the first segment where they differ in kind, the literal one
   * before {@code {name}} before {@code *}; of two {@code *} the one behind the longer start.
   * Negative: one, positive: two, 0: they are of the same kinds.
   */
  public static int bySpecificity(RoutePath one, RoutePath two) {
    for (int i = 0; i < Math.min(one.segments.size(), two.segments.size()); i++) {
      int difference = rank(one.segments.get(i)) - rank(two.segments.get(i));
      if (difference != 0) {
        return difference;
      }
      if (one.segments.get(i) instanceof Segment.Rest(String start)
          && two.segments.get(i) instanceof Segment.Rest(String other)) {
        return other.length() - start.length();
      }
    }
    return 0;
  }

  private static int rank(Segment segment) {
    return switch (segment) {
      case Segment.Literal _ -> 0;
      case Segment.Variable _ -> 1;
      case Segment.Rest _ -> 2;
    };
  }
}
