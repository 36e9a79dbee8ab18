package dev.dormouse.core;

/**
 * What the path of a route is made of, but for its words. Many paths have few forms; what two paths
 * are to each other depends on their forms and on the words where neither has a variable ({@link
 * RoutePath#words}).
 *
 * @param kinds a letter a segment before the {@code *}: a word, an empty one, or a variable
 * @param open how many characters stand before the {@code *} in its segment; -1 without
 */
public record PathForm(String kinds, int open) {
  static final char WORD = 'w';
  static final char EMPTY = 'e';
  static final char VARIABLE = 'v';
  static final int CLOSED = -1;

  /** False if no words make two paths of these forms match the same request. */
  public boolean meets(PathForm other) {
    int common = Math.min(kinds.length(), other.kinds.length());
    for (int i = 0; i < common; i++) {
      char mine = kinds.charAt(i);
      char theirs = other.kinds.charAt(i);
      if (mine != theirs && (mine == EMPTY || theirs == EMPTY)) {
        return false;
      }
    }
    return reaches(other) && other.reaches(this);
  }

  /** Whether this is as long as the other has to be for it, or has a rest that may be. */
  private boolean reaches(PathForm other) {
    int beyond = other.kinds.length() - kinds.length();
    if (open == CLOSED) {
      return other.open == CLOSED ? beyond == 0 : beyond < 0;
    }
    return beyond <= 0 || open == 0 || other.kinds.charAt(kinds.length()) != EMPTY;
  }

  /** Of two that match the same request: whether this matches less than the {@code *} of other. */
  public boolean isExceptionTo(PathForm other) {
    return other.open != CLOSED && isWithin(other) && !other.isWithin(this);
  }

  /** As {@link RoutePath#isWithin}, of two that match the same request. */
  private boolean isWithin(PathForm other) {
    int common = Math.min(kinds.length(), other.kinds.length());
    for (int i = 0; i < common; i++) {
      if (kinds.charAt(i) == VARIABLE && other.kinds.charAt(i) != VARIABLE) {
        return false;
      }
    }
    if (other.open == CLOSED) {
      return open == CLOSED;
    }
    if (kinds.length() > common) {
      return other.open == 0 || kinds.charAt(common) != VARIABLE;
    }
    return kinds.length() == other.kinds.length() && open >= other.open;
  }
}
