package dev.dormouse.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** With which services may be woken and put to sleep from another machine. */
final class AdminToken {
  private static final String VARIABLE = "DORMOUSE_ADMIN_TOKEN";

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description = "Holds the token of the admin port. Default: DORMOUSE_ADMIN_TOKEN, else none.")
  private Optional<Path> file = Optional.empty();

  /** For picocli, which fills it. */
  AdminToken() {}

  AdminToken(Optional<Path> file) {
    this.file = file;
  }

  /** The token, without the white space around it. */
  Optional<String> read() throws UserError {
    Optional<String> token =
        file.isPresent()
            ? Optional.of(content(file.get()))
            : Optional.ofNullable(System.getenv(VARIABLE));
    token = token.map(String::strip);
    if (token.filter(text -> !text.matches("[\\x21-\\x7e]{16,512}")).isPresent()) {
      String where = file.map(Path::toString).orElse(VARIABLE);
      throw new UserError(where + ": a token is 16 to 512 printable ASCII characters");
    }
    return token;
  }

  private static String content(Path file) throws UserError {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UserError("the token file cannot be read: " + e);
    }
  }
}
