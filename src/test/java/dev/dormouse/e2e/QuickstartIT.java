package dev.dormouse.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code manifests/quickstart/run}, with stand-ins for the programs that make clusters, {@code
 * docker} and {@code kubectl}, which note what they are called with. What is forwarded to is a
 * server here: one that is awake while somebody is connected.
 */
class QuickstartIT {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\n(kind create .*?)^```");

  /** What the script runs besides. */
  private static final List<String> USUAL =
      List.of(
          "cat", "curl", "date", "dirname", "grep", "head", "mktemp", "rm", "sh", "sleep", "tr");

  private static final String STAND_IN =
      """
      #!/bin/sh
      case "$*" in
        'get clusters' | 'cluster list dormouse' | '-p dormouse status') exit 1 ;;
        *jsonpath*) if [ -e "$STAGE/open" ]; then echo Active; else echo Dormant; fi; exit ;;
      esac
      echo "${0##*/} $*" >>"$STAGE/log"
      case "$*" in *port-forward*) exec sleep 600 ;; esac
      """;

  private static final String SAYS_NO =
      """
      #!/bin/sh
      echo no space left; exit 7
      """;

  @TempDir Path stage;
  private ServerSocket door;
  private Thread server;

  @BeforeEach
  void setTheStage() throws IOException {
    Files.createDirectory(stage.resolve("bin"));
    for (String program : USUAL) {
      Files.createSymbolicLink(stage.resolve("bin").resolve(program), where(program));
    }
    for (String program : List.of("docker", "kubectl")) {
      standIn(program);
    }
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server = Thread.ofVirtual().start(this::serve);
  }

  @AfterEach
  void strike() throws Exception {
    door.close();
    server.join();
  }

  @ParameterizedTest
  @CsvSource({
    "kind, kind create cluster --name dormouse,"
        + " kind load docker-image dormouse:quickstart --name dormouse, kind-dormouse",
    "k3d, k3d cluster create dormouse,"
        + " k3d image import dormouse:quickstart --cluster dormouse, k3d-dormouse",
    "minikube, minikube start -p dormouse,"
        + " minikube -p dormouse image load dormouse:quickstart, dormouse"
  })
  void itGoesFromNothingToASocketAndBackToSleep(
      String tool, String create, String load, String context) throws Exception {
    standIn(tool);
    List<String> said = run(0);
    String kubectl = "kubectl --context " + context + " ";
    assertThat(called())
        .startsWith(
            create,
            "docker build -t dormouse:quickstart .",
            load,
            kubectl + "apply --server-side -k manifests/quickstart")
        .contains(
            kubectl + "apply --server-side -f manifests/quickstart/cable.yaml",
            kubectl + "-n dormouse-system port-forward service/dormouse " + port() + ":80");
    assertThat(said)
        .anyMatch(it -> it.matches("HTTP/1.1 101 .*, after [0-9]+ s"))
        .anyMatch(it -> it.startsWith("It sleeps again."));
    assertThat(stage.resolve("open")).doesNotExist();
  }

  /** As in its pod: no image of its own, and it ends when it is told to. */
  @Test
  void theSampleIsTheServerOfTheDemo() throws Exception {
    String cable = Files.readString(BASE.resolve("manifests/quickstart/cable.yaml"));
    assertThat(cable).contains("dormouse, demo, --serve]", "image: dormouse:quickstart");
    int port = Machine.freePort();
    Map<String, String> env = Map.of("HOST", "127.0.0.1", "PORT", String.valueOf(port));
    try (var demo = Child.dormouse(env, "demo", "--serve")) {
      demo.await("listening on /127.0.0.1:" + port);
      try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        client
            .getOutputStream()
            .write(
                """
                GET /cable HTTP/1.1\r
                Host: cable\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: ZG9ybW91c2UgcXVpY2tzdA==\r
                \r
                """
                    .getBytes(ISO_8859_1));
        var in = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
        assertThat(in.readLine()).startsWith("HTTP/1.1 101 ");
      }
      demo.terminate();
    }
  }

  /** So that whoever types them gets what the script gets. */
  @Test
  void itsStepsAreThoseOfTheFirstPage() throws Exception {
    standIn("kind");
    run(0);
    var block = BLOCK.matcher(Files.readString(BASE.resolve("README.md")));
    assertThat(block.find()).isTrue();
    List<String> shown =
        block
            .group(1)
            .replace("\\\n", "")
            .lines()
            .map(it -> it.replaceAll(" +", " ").replaceAll(" &$", ""))
            .filter(it -> !it.startsWith("curl ") && !it.contains(" get "))
            .toList();
    List<String> done =
        called().stream()
            .map(it -> it.replace("--context kind-dormouse ", ""))
            .map(it -> it.replace(" " + port() + ":80", " 8080:80"))
            .filter(it -> !it.contains(" get "))
            .toList();
    assertThat(shown).hasSizeGreaterThan(6).isEqualTo(done);
  }

  @Test
  void withoutAnyOfThemItSaysWhatToInstall() throws Exception {
    assertThat(run(1)).anyMatch(it -> it.contains("there is none of kind, k3d and minikube"));
    assertThat(run(1, "podman")).anyMatch(it -> it.contains("podman: not one of kind"));
    standIn("k3d");
    Files.delete(stage.resolve("bin/docker"));
    assertThat(run(1)).anyMatch(it -> it.contains("there is no docker on the PATH"));
    assertThat(stage.resolve("log")).doesNotExist();
  }

  @Test
  void aCommandThatFailsIsTheEnd() throws Exception {
    standIn("kind");
    Files.writeString(stage.resolve("bin/docker"), SAYS_NO);
    assertThat(run(7)).contains("no space left");
    assertThat(called()).containsExactly("kind create cluster --name dormouse");
  }

  @Test
  void whatItMadeItTakesAway() throws Exception {
    standIn("k3d");
    run(0, "remove");
    assertThat(called()).containsExactly("k3d cluster delete dormouse");
  }

  private List<String> run(int code, String... arguments) throws Exception {
    var command = new ArrayList<>(List.of("manifests/quickstart/run"));
    command.addAll(List.of(arguments));
    Map<String, String> env =
        Map.of(
            "PATH",
            stage.resolve("bin").toString(),
            "STAGE",
            stage.toString(),
            "DORMOUSE_QUICKSTART_PORT",
            String.valueOf(port()));
    try (var child = Child.start(env, command)) {
      assertThat(child.process().waitFor(2, TimeUnit.MINUTES)).as("" + child.lines()).isTrue();
      child.awaitEnd();
      assertThat(child.process().exitValue()).as(String.join("\n", child.lines())).isEqualTo(code);
      return child.lines();
    }
  }

  private int port() {
    return door.getLocalPort();
  }

  private List<String> called() throws IOException {
    return Files.readAllLines(stage.resolve("log"));
  }

  private void standIn(String program) throws IOException {
    Path file = Files.writeString(stage.resolve("bin").resolve(program), STAND_IN);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path where(String program) {
    for (String folder : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return Path.of(folder, program);
      }
    }
    throw new AssertionError("no " + program);
  }

  /** One client after the other, until the door is closed. */
  private void serve() {
    while (true) {
      try (Socket client = door.accept()) {
        attend(client);
      } catch (IOException e) {
        if (door.isClosed()) {
          return;
        }
      }
    }
  }

  private void attend(Socket client) throws IOException {
    var in = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
    boolean upgrade = false;
    boolean named = false;
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      upgrade |= line.equals("Upgrade: websocket");
      named |= line.equals("Host: cable.default");
    }
    String answer =
        upgrade && named
            ? "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            : "404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n";
    Path open = stage.resolve("open");
    if (upgrade && named) {
      Files.createFile(open);
    }
    String welcome = upgrade && named ? "\u0081\u0002hi" : "";
    client.getOutputStream().write(("HTTP/1.1 " + answer + "\r\n" + welcome).getBytes(ISO_8859_1));
    client.getOutputStream().flush();
    if (upgrade && named) {
      while (in.read() >= 0) {}
      Files.delete(open);
    }
  }
}
