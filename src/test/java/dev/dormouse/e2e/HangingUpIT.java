package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that hangs up on everybody, while its process lives. */
class HangingUpIT {
  /** The first start hangs up, the ones after it serve: what was wrong is gone with a restart. */
  private static final String ONCE =
      """
      use IO::Socket::INET;
      if (-e "MARK") { exec "perl", "ECHO", "served" }
      open F, ">", "MARK"; close F;
      $s = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT}, Listen => 5,
        ReuseAddr => 1) or die;
      while (1) { $c = $s->accept; close $c if $c }
      """;

  @TempDir Path scratch;

  @Test
  void isReplacedWithinTheHoldOfWhoeverWaits() throws Exception {
    Path program = scratch.resolve("once.pl");
    Files.writeString(
        program,
        ONCE.replace("MARK", scratch.resolve("mark").toString())
            .replace("ECHO", EchoServer.SCRIPT.toString()));
    Path manifest = scratch.resolve("cable.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: cable}
        spec: {command: [perl, PROGRAM], port: 0, path: /cable, startup: {hold: 25s}}
        """
            .replace("PROGRAM", program.toString()));
    try (var machine = new Machine(manifest, scratch.resolve("state"))) {
      machine.open("/cable").join();
      assertThat(machine.phase("cable")).isEqualTo("Active");
      assertThat(String.join("\n", machine.child.lines()))
          .contains("it hangs up on every handshake");
    }
  }
}
