package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Started by the first client, on sockets that were open before: as systemd does it. */
class SocketActivationIT {
  private static final String DORMOUSE =
      Path.of(System.getProperty("dormouse.home"), "bin/dormouse").toString();

  @TempDir Path scratch;
  private final int port = Machine.freePort();
  private final int adminPort = Machine.freePort();

  @BeforeEach
  void declare() throws Exception {
    Files.writeString(
        scratch.resolve("cable.yaml"), Manifest.greeting("cable", "hello").resource().toString());
  }

  @Test
  void theFirstClientIsHeldByTheKernelUntilDormouseIsThere() throws Exception {
    try (Child machine = activated("listen", List.of(port));
        Visitor first = Visitor.knock(at(port), "localhost", "/cable")) {
      assertThat(first.greeting()).isEqualTo("hello");
      machine.await("listening on 127.0.0.1:" + port + " ");
    }
  }

  @Test
  void theAdminPortIsInheritedByItsName() throws Exception {
    try (Child machine = activated("admin:listen", List.of(adminPort, port));
        Visitor first = Visitor.ask(at(adminPort), "127.0.0.1", "/livez")) {
      assertThat(first.answer()).startsWith("HTTP/1.1 200 OK");
      machine.await("listening on 127.0.0.1:" + port + " admin=127.0.0.1:" + adminPort + " ");
      try (Visitor second = Visitor.knock(at(port), "localhost", "/cable")) {
        assertThat(second.greeting()).isEqualTo("hello");
      }
    }
  }

  @Test
  void aSocketWithoutAKnownNameIsRefusedWithWhatToWrite() throws Exception {
    try (Child machine = activated("dormouse.socket", List.of(port));
        Visitor _ = Visitor.knock(at(port), "localhost", "/cable")) {
      machine.await("dormouse: LISTEN_FDNAMES=dormouse.socket: ");
      assertThat(machine.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(machine.process().exitValue()).isEqualTo(1);
    }
  }

  /** It would have everybody wait for the next client; the launcher mends that with dd(1). */
  @Test
  void aSocketThatBlocksAndCannotBeMendedIsRefusedWithWhatToWrite() throws Exception {
    Path broken = Files.writeString(scratch.resolve("dd"), "#!/bin/sh\nexit 1\n");
    assertThat(broken.toFile().setExecutable(true)).isTrue();
    var path = Map.of("PATH", scratch + ":" + System.getenv("PATH"));
    try (Child machine = activated(path, "listen", List.of(port));
        Visitor _ = Visitor.knock(at(port), "localhost", "/cable")) {
      machine.await("dormouse: LISTEN_FDS: descriptor 3 blocks; ");
    }
  }

  private Child activated(String names, List<Integer> ports) {
    return activated(Map.of(), names, ports);
  }

  /** Behind systemd-socket-activate(1), which becomes Dormouse when somebody connects. */
  private Child activated(Map<String, String> env, String names, List<Integer> ports) {
    var command = new ArrayList<>(List.of("systemd-socket-activate", "--fdname=" + names));
    ports.forEach(it -> command.add("--listen=127.0.0.1:" + it));
    command.addAll(
        List.of(
            DORMOUSE,
            "run",
            "-f",
            scratch.resolve("cable.yaml").toString(),
            "--admin",
            "127.0.0.1:0",
            "--state-dir",
            scratch.resolve("state").toString()));
    Child machine = Child.start(env, command);
    machine.await("Listening on 127.0.0.1:" + ports.getLast());
    return machine;
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
