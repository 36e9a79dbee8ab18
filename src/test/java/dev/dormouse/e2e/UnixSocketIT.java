package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that listens at a Unix socket, through Dormouse. */
class UnixSocketIT {
  private static final Path PROGRAM =
      Path.of(System.getProperty("dormouse.basedir"), "src/test/node/unix-server.mjs");

  @TempDir Path scratch;

  @Test
  void aClientIsServedFromAUnixSocketAndTheServerSleepsAfterwards() throws Exception {
    Path manifest = scratch.resolve("cable.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: cable}
        spec:
          command: [node, PROGRAM]
          socket: cable.sock
          path: /cable
          idleTimeout: 1s
          minimumUptime: 0s
        """
            .replace("PROGRAM", PROGRAM.toString()));
    try (var machine = new Machine(manifest, scratch.resolve("state"))) {
      for (int i = 0; i < 2; i++) {
        var socket = machine.open("/cable");
        socket.join();
        assertThat(socket.first.get(30, TimeUnit.SECONDS)).isEqualTo("hello");
        assertThat(machine.service("cable").at("/endpoint/socket").asText())
            .isEqualTo(scratch.toRealPath().resolve("cable.sock").toString());
        socket.join().sendClose(1000, "").join();
        machine.awaitPhase("cable", "Dormant");
      }
    }
  }
}
