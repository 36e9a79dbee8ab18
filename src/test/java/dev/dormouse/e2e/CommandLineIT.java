package dev.dormouse.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is printed and with which code the real launcher ends. */
class CommandLineIT {
  @TempDir Path scratch;
  private Path cable = Path.of("unset");

  private record Ended(int code, List<String> lines) {}

  @BeforeEach
  void writeACable() throws IOException {
    cable = write("cable.yaml", "cable", "idleTimeout: 1m\n  regions: {iad: {idleTimeout: 30s}}");
  }

  @Test
  void validInputEndsWithZero() throws IOException {
    Path other = write("other.yaml", "other", "");
    assertThat(run("validate", "-f", cable.toString(), "-f", other.toString()))
        .isEqualTo(new Ended(0, List.of("2 service(s) valid")));
    assertThat(run("validate", "-f", scratch.toString()).lines())
        .containsExactly("2 service(s) valid");
  }

  @Test
  void filesThatCannotBeReadEndWithOneAndALine() throws IOException {
    Path empty = Files.createDirectory(scratch.resolve("empty"));
    for (String command : List.of("validate", "render", "run")) {
      Ended ended = run(command, "-f", "none.yaml", empty.toString());
      assertThat(ended.code()).as(command).isEqualTo(1);
      assertThat(ended.lines())
          .extracting(line -> line.replace("dormouse: ", ""))
          .containsExactly(
              "none.yaml: no such file or directory",
              empty + ": no .yaml or .yml file in this directory");
    }
  }

  @Test
  void everythingWrongIsRefusedAtTheStart() throws IOException {
    Path bad = write("bad.yaml", "bad", "sleep: x");
    Ended ended = run("run", "-f", cable.toString(), bad.toString());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.lines())
        .containsExactly(
            "dormouse: " + bad + ":9: spec.sleep: must be Stop or Freeze or Doze, was \"x\"");
  }

  @Test
  void aTakenPortEndsWithOneAndALine() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      for (String option : List.of("--listen", "--admin")) {
        String other = option.equals("--listen") ? "--admin" : "--listen";
        Ended ended = machine(option, address, other, "127.0.0.1:0");
        assertThat(ended.lines())
            .as(option)
            .containsExactly(
                "dormouse: "
                    + option.substring(2)
                    + " "
                    + address
                    + ": address already in use; "
                    + option
                    + " HOST:PORT names another");
        assertThat(ended.code()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nonsense", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", ":1", "::1:80"})
  void anAddressThatIsNoneEndsWithTwo(String address) {
    Ended ended = machine("--listen", address);
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.lines().getFirst()).contains("--listen", "'" + address + "' is not HOST:PORT");
  }

  @Test
  void aWrongCommandLineEndsWithTwo() {
    assertThat(run("run").code()).isEqualTo(2);
    assertThat(run("render", "-f").code()).isEqualTo(2);
    assertThat(run("walk").code()).isEqualTo(2);
    assertThat(run("validate", "-f", cable.toString(), "--nonsense").code()).isEqualTo(2);
    assertThat(machine("--log-format", "xml").code()).isEqualTo(2);
  }

  @Test
  void helpEndsWithZeroAndNamesTheExitCodes() {
    for (String command : List.of("run", "validate", "render", "demo")) {
      Ended help = run(command, "--help");
      assertThat(help.code()).isZero();
      assertThat(String.join("\n", help.lines()))
          .contains("Usage: dormouse " + command, "Exit codes:");
    }
  }

  @Test
  @Tag("P1")
  @Tag("P2")
  @Tag("P4")
  void theRegionIsTheOptionElseOneOfTwoVariables() {
    assertThat(render(Map.of(), "--region", "iad")).contains("idleTimeout: 30s");
    assertThat(render(Map.of("FLY_REGION", "iad"))).contains("idleTimeout: 30s");
    assertThat(render(Map.of("FLY_REGION", "iad", "DORMOUSE_REGION", "lhr")))
        .contains("idleTimeout: 1m");
    assertThat(render(Map.of("DORMOUSE_REGION", "iad"), "--region", "lhr"))
        .contains("idleTimeout: 1m");
  }

  @Test
  void whatIsRenderedIsValidInput() throws IOException {
    for (String[] more : new String[][] {{}, {"--defaults"}}) {
      Path again = scratch.resolve("again.yaml");
      Files.writeString(again, render(Map.of("FLY_REGION", "iad"), more));
      assertThat(run("validate", "-f", again.toString()))
          .isEqualTo(new Ended(0, List.of("1 service(s) valid")));
    }
  }

  @Test
  @Tag("P2")
  void aVariableOverridesTheActivation() {
    assertThat(render(Map.of("DORMOUSE_ACTIVATION_CABLE", "disabled")))
        .contains("activation: Disabled");
    Ended bad = run(Map.of("DORMOUSE_ACTIVATION_CABLE", "off"), "run", "-f", cable.toString());
    assertThat(bad)
        .isEqualTo(
            new Ended(
                1,
                List.of(
                    "dormouse: DORMOUSE_ACTIVATION_CABLE must be OnDemand, Always or Disabled,"
                        + " was \"off\"")));
    assertThat(
            run(Map.of("DORMOUSE_ACTIVATION_X", "Always"), "validate", "-f", cable.toString())
                .lines())
        .contains("warning: DORMOUSE_ACTIVATION_X names no service");
  }

  @Test
  @Tag("D45")
  void everyLineOfALogInJsonIsOneWhateverTheAdminPortIsSent() throws Exception {
    try (var machine = new Machine(cable, scratch.resolve("state"), "--log-format", "json")) {
      for (String garbage : List.of("\0", "SSH-2.0\r\n", "PRI * HTTP/2.0\r\n\r\n", "GET / HT")) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), machine.adminPort)) {
          socket.getOutputStream().write(garbage.getBytes(UTF_8));
          socket.shutdownOutput();
          assertThat(socket.getInputStream().readAllBytes()).asString().doesNotContain(" 200 ");
        }
      }
      assertThat(machine.child.terminate()).isZero();
      machine.child.awaitEnd();
      for (String line : machine.child.lines()) {
        assertThat(new ObjectMapper().readTree(line).path("level").asText()).isEqualTo("INFO");
      }
    }
  }

  private String render(Map<String, String> env, String... more) {
    var arguments = new ArrayList<>(List.of("render", "-f", cable.toString()));
    arguments.addAll(List.of(more));
    Ended ended = run(env, arguments.toArray(String[]::new));
    assertThat(ended.code()).isZero();
    return String.join("\n", ended.lines());
  }

  private Ended machine(String... more) {
    var arguments = new ArrayList<>(List.of("run", "-f", cable.toString()));
    arguments.addAll(List.of("--state-dir", scratch.resolve("state").toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  private static Ended run(String... arguments) {
    return run(Map.of(), arguments);
  }

  private static Ended run(Map<String, String> env, String... arguments) {
    var command = new ArrayList<>(List.of(System.getProperty("dormouse.home") + "/bin/dormouse"));
    command.addAll(List.of(arguments));
    try (var child = Child.start(env, command)) {
      assertThat(child.process().waitFor(20, TimeUnit.SECONDS))
          .as(() -> "" + child.lines())
          .isTrue();
      child.awaitEnd();
      return new Ended(child.process().exitValue(), child.lines());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path write(String file, String name, String more) throws IOException {
    return Files.writeString(
        scratch.resolve(file),
        String.format(
            Locale.ROOT,
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: %1$s}
            spec:
              command: [sleep, "9"]
              port: 0
              path: /%1$s
              access: {allowedOrigins: ["https://example.com"]}
              %2$s
            """,
            name,
            more));
  }
}
