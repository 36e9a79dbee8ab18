package dev.dormouse;

import dev.dormouse.cli.Cli;
import dev.dormouse.cli.Utc;

/** The entry point of every command. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    Utc.set();
    System.exit(Cli.execute(args));
  }
}
