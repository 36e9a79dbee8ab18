package dev.dormouse.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

  /**
   * What is wrong with the file's permissions, if its token is to keep others out.
   *
   * @throws UserError if others may write it: then the token is theirs
   */
  List<String> warnings() throws UserError {
    Set<PosixFilePermission> permissions = permissions();
    String where = file.map(Path::toString).orElse(VARIABLE);
    if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new UserError(where + ": others may write the token; chmod 600 it");
    }
    return permissions.contains(PosixFilePermission.OTHERS_READ)
            || permissions.contains(PosixFilePermission.GROUP_WRITE)
        ? List.of(where + ": others may read or write the token; chmod 600 it, or 640")
        : List.of();
  }

  /**
   * None where files have no such permissions; one that is not there is told of by {@link #read}.
   */
  private Set<PosixFilePermission> permissions() {
    try {
      return file.isPresent() ? Files.getPosixFilePermissions(file.get()) : Set.of();
    } catch (IOException | UnsupportedOperationException e) {
      return Set.of();
    }
  }

  private static String content(Path file) throws UserError {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UserError("the token file cannot be read: " + e);
    }
  }
}
