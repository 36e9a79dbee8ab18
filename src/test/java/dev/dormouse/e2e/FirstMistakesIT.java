package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ten mistakes that a newcomer makes first: each ends in one sentence that says what to do. */
class FirstMistakesIT {
  private static final String GOOD = "command: [sleep, '600']\n  port: 0\n  path: /cable";

  @TempDir Path scratch;

  @Test
  void noJava() throws Exception {
    try (Child child =
        Child.dormouse(Map.of("DORMOUSE_JAVA_HOME", scratch.toString()), "--version")) {
      assertThat(ended(child, 3)).endsWith(scratch + " is not the home of a Java 25 runtime");
    }
  }

  @Test
  void aPortThatIsTaken() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Child child = run(manifest(GOOD), "127.0.0.1:" + taken.getLocalPort())) {
      assertThat(ended(child, 1)).endsWith("already in use; --listen HOST:PORT names another");
    }
  }

  @Test
  void aManifestWithoutAPort() throws Exception {
    try (Child child = run(manifest("command: [sleep, '9']\n  path: /cable"), "127.0.0.1:0")) {
      assertThat(ended(child, 1))
          .endsWith(":4: spec.port: is required: where the program listens, such as 28080");
    }
  }

  @Test
  void aPathThatIsNotDeclared() throws Exception {
    try (var machine = new Machine(manifest(GOOD), scratch.resolve("state"));
        Visitor visitor =
            Visitor.knock(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), machine.port),
                "localhost",
                "/cabel")) {
      assertThat(visitor.answer())
          .startsWith("HTTP/1.1 404 ")
          .contains("answers to this host and path; a path of a manifest is matched exactly.");
    }
  }

  @Test
  void anOriginThatIsNotAllowed() throws Exception {
    String spec = GOOD + "\n  access: {allowedOrigins: ['https://www.example.com']}";
    try (var machine = new Machine(manifest(spec), scratch.resolve("state"));
        Visitor visitor =
            Visitor.knock(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), machine.port),
                "localhost\r\nOrigin: https://elsewhere.example",
                "/cable")) {
      assertThat(visitor.answer())
          .startsWith("HTTP/1.1 403 ")
          .contains("access.allowedOrigins does not allow origin")
          .contains("https://elsewhere.example");
    }
  }

  @Test
  void aServerThatListensElsewhere() throws Exception {
    int elsewhere = Machine.freePort();
    String perl =
        "use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1:"
            + elsewhere
            + "'); sleep 60";
    assertThat(failure("[perl, -e, \"" + perl + "\"]"))
        .contains(
            "it listens at 127.0.0.1:" + elsewhere + ": its command must take $(HOST) and $(PORT)");
  }

  @Test
  void aServerThatGoesToTheBackground() throws Exception {
    assertThat(failure("[sh, -c, 'sleep 9 & exit 0']"))
        .contains("; it must stay in the foreground");
  }

  @Test
  void aProgramThatIsNotThere() throws Exception {
    assertThat(failure("[pumma, config.ru]"))
        .contains("cannot run pumma: not found on PATH ")
        .contains("; install it, or name its whole path");
  }

  @ParameterizedTest
  @CsvSource({"Freeze, freezeObstacle", "Doze, dozeObstacle"})
  void sleepInMemoryWithoutSwap(String sleep, String obstacle) throws Exception {
    try (var machine =
        new Machine(manifest(GOOD + "\n  sleep: " + sleep), scratch.resolve("state"))) {
      if (Files.readAllLines(Path.of("/proc/swaps")).size() > 1) {
        assertThat(machine.service("cable").path(obstacle).asText()).doesNotContain("no swap");
      } else {
        String why = "this machine has no swap; swapon(8) adds some, on Fly swap_size_mb";
        machine.child.await(
            "sleep: " + sleep + " is done as Stop, as it is not possible here: " + why);
        assertThat(machine.service("cable").path(obstacle).asText()).isEqualTo(why);
      }
    }
  }

  @Test
  void twoDormice() throws Exception {
    Path file = manifest(GOOD);
    try (var _ = new Machine(file, scratch.resolve("state"));
        Child second = run(file, "127.0.0.1:0")) {
      assertThat(ended(second, 1))
          .contains("is in use by another dormouse, pid ")
          .endsWith("; --state-dir DIR names another");
    }
  }

  /** What the log says of a start that fails. */
  private String failure(String command) throws Exception {
    String spec = "command: " + command + "\n  port: 0\n  path: /cable\n  startup: {timeout: 3s}";
    try (var machine = new Machine(manifest(spec), scratch.resolve("state"))) {
      var socket = machine.open("/cable");
      machine.awaitPhase("cable", "Failed");
      assertThat(socket.refusal()).isEqualTo(503);
      return machine.service("cable").path("failure").path("message").asText();
    }
  }

  private Path manifest(String spec) throws IOException {
    return Files.writeString(
        scratch.resolve("cable.yaml"),
        "apiVersion: dormouse.dev/v1alpha1\n"
            + "kind: OnDemandService\n"
            + "metadata: {name: cable}\n"
            + "spec:\n"
            + "  "
            + spec
            + "\n");
  }

  private Child run(Path manifest, String listen) {
    return Child.dormouse(
        "run",
        "-f",
        manifest.toString(),
        "--listen",
        listen,
        "--admin",
        "127.0.0.1:0",
        "--state-dir",
        scratch.resolve("state").toString());
  }

  /** The last line of what it said, which is the only one that a newcomer reads. */
  private static String ended(Child child, int code) throws InterruptedException {
    assertThat(child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    child.awaitEnd();
    assertThat(child.process().exitValue()).isEqualTo(code);
    return child.lines().getLast();
  }
}
