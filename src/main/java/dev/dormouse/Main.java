package dev.dormouse;

import dev.dormouse.cli.Cli;

/** The entry point of every command. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.exit(Cli.execute(args));
  }
}
