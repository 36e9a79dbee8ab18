package dev.dormouse.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * A mistake on the command line that picocli cannot see. A class of its own, so that to verify one
 * that may find such a mistake does not load picocli: {@code run} usually does without.
 */
final class UsageError {
  private UsageError() {}

  /** To be thrown: ends the command with exit code 2, this message and its usage. */
  static RuntimeException of(CommandSpec command, String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
