package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dormouse init} on apps as their own tools make them. */
class InitIT {
  @TempDir Path scratch;

  @Test
  void aNewRailsAppGetsAManifestThatSaysWhatIsToDecideAndIsNotOverwritten() throws Exception {
    Path app = scratch.resolve("scores");
    try (Child rails =
        Child.start(
            Map.of(),
            List.of(
                "rails",
                "new",
                app.toString(),
                "--skip-bundle",
                "--skip-git",
                "--skip-javascript",
                "--skip-test",
                "--quiet"))) {
      assertThat(rails.process().waitFor(120, TimeUnit.SECONDS)).isTrue();
      assertThat(rails.process().exitValue()).as(String.join("\n", rails.lines())).isZero();
    }
    String said = dormouse(0, "init", app.toString(), "--fly");
    assertThat(said)
        .contains("found: Gemfile:")
        .contains("found: config/cable.yml:")
        .contains("to decide: command: this boots the whole app")
        .contains("COPY dormouse.yaml /etc/dormouse/dormouse.yaml")
        .contains("next: dormouse run -f " + app.resolve("dormouse.yaml"));
    Path manifest = app.resolve("dormouse.yaml");
    assertThat(dormouse(0, "validate", "-f", manifest.toString())).contains("1 service(s) valid");
    String before = Files.readString(manifest);
    assertThat(dormouse(1, "init", app.toString())).contains("is there already; -o FILE writes");
    assertThat(Files.readString(manifest)).isEqualTo(before);
    Path other = scratch.resolve("other.yaml");
    dormouse(0, "init", app.toString(), "-o", other.toString());
    assertThat(other).hasContent(before);
  }

  /** The app is written by npm, with the library that the tests' own clients use. */
  @Test
  void aNodeAppRunsWithWhatInitWrote() throws Exception {
    Path app = Files.createDirectory(scratch.resolve("chat"));
    Path tests = Path.of(System.getProperty("dormouse.basedir"), "src/test/node").toAbsolutePath();
    Files.createSymbolicLink(app.resolve("node_modules"), tests.resolve("node_modules"));
    try (Child npm =
        Child.start(Map.of(), List.of("sh", "-c", "cd " + app + " && npm init -y --silent"))) {
      assertThat(npm.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    Path description = app.resolve("package.json");
    Files.writeString(
        description,
        Files.readString(description)
            .replaceFirst("\\{", "{\"dependencies\": {\"ws\": \"^8\"},")
            .replaceFirst("\"test\":", "\"start\": \"node server.js\",\n    \"test\":"));
    Files.writeString(
        app.resolve("server.js"),
        """
        const { WebSocketServer } = require('ws');
        new WebSocketServer({ host: '127.0.0.1', port: process.env.PORT, path: '/chat' })
          .on('connection', (socket) => socket.send('hello'));
        """);
    dormouse(0, "init", app.toString());
    try (var machine = new Machine(app.resolve("dormouse.yaml"), scratch.resolve("state"))) {
      var socket = machine.open("/chat");
      socket.join();
      assertThat(socket.first.get(60, TimeUnit.SECONDS)).isEqualTo("hello");
    }
  }

  @Test
  void whereNothingIsFoundItSaysSoAndWritesNothing() throws Exception {
    assertThat(dormouse(1, "init", scratch.toString())).contains("nothing found that says how");
    assertThat(scratch).isEmptyDirectory();
    assertThat(dormouse(1, "init", scratch.resolve("none").toString())).contains("no such folder");
  }

  private static String dormouse(int code, String... arguments) throws Exception {
    try (Child child = Child.dormouse(arguments)) {
      assertThat(child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      child.awaitEnd();
      String said = String.join("\n", child.lines());
      assertThat(child.process().exitValue()).as(said).isEqualTo(code);
      return said;
    }
  }
}
