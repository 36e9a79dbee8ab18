package dev.dormouse.cli;

import java.util.List;
import java.util.stream.Collectors;

/** Something that the user can mend; the message says what. */
public final class UserError extends Exception {
  private static final long serialVersionUID = 1;

  UserError(String message) {
    super(message);
  }

  /** Several at once, one line each. */
  UserError(List<?> messages) {
    super(messages.stream().map(Object::toString).collect(Collectors.joining("\ndormouse: ")));
  }
}
