package dev.dormouse.cli;

/** Something that the user can mend; the message says what. */
final class UserError extends Exception {
  private static final long serialVersionUID = 1;

  UserError(String message) {
    super(message);
  }
}
