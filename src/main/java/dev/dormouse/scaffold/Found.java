package dev.dormouse.scaffold;

/** What one line of one file says. */
public record Found(String file, int line, String what) {
  @Override
  public String toString() {
    return file + ":" + line + ": " + what;
  }
}
