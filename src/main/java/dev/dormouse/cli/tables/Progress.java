package dev.dormouse.cli.tables;

import dev.dormouse.core.Text;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;

/** What a long command is at: one line that counts on a terminal, else a line per change. */
public final class Progress {
  private static final String ERASE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean terminal =
      Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  private String shown = "";

  /** Writes to this; overwrites its last line only on a terminal. */
  public Progress(PrintWriter out) {
    this.out = out;
  }

  /** Whether somebody watches. */
  public boolean isTerminal() {
    return terminal;
  }

  /** What is waited for, and how long it has taken. */
  public void show(String what, Duration elapsed) {
    if (terminal) {
      out.print(ERASE + Text.printable(what) + " " + TextFormat.precise(elapsed));
      out.flush();
    } else if (!what.equals(shown)) {
      say(what);
    }
    shown = what;
  }

  /** A line that stays. */
  public void say(String line) {
    end();
    out.println(Text.printable(line));
    out.flush();
  }

  /** Takes back the line that is being overwritten. */
  public void end() {
    if (terminal) {
      out.print(ERASE);
      out.flush();
    }
  }
}
