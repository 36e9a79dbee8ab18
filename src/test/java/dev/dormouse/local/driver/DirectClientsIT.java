package dev.dormouse.local.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Action;
import dev.dormouse.core.Company;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Monitor;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.local.ProcessRig;
import dev.dormouse.local.Programs;
import dev.dormouse.local.state.Launch;
import dev.dormouse.local.state.StateFiles;
import dev.dormouse.testing.FreePort;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who counts as connected to a service past Dormouse, with real processes and sockets. */
class DirectClientsIT {
  /** Has a second port, to which a child of its own is connected, too. */
  private static final String TWO_PORTS =
      """
      use IO::Socket::INET; use IO::Select; $| = 1;
      @s = map { IO::Socket::INET->new(LocalAddr => $_->[0], LocalPort => $_->[1], Listen => 5,
        ReuseAddr => 1) or die "cannot bind: $!\\n" }
        (["127.0.0.1", $ENV{SECOND}], [$ENV{HOST}, $ENV{PORT}]);
      if (!fork) {
        $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ENV{SECOND}") or die;
        print "inside\\n"; sleep 600;
      }
      $all = IO::Select->new(@s);
      while (@r = $all->can_read) { for $r (@r) {
        if (grep { $_ == $r } @s) { $c = $r->accept; $all->add($c) }
        elsif (!sysread $r, $x, 1) { $all->remove($r); close $r }
      } }
      """;

  private static final String CLIENT =
      "use IO::Socket::INET; $| = 1; $c = IO::Socket::INET->new(PeerAddr => \"127.0.0.1:$ARGV[0]\")"
          + " or die; print \"connected\\n\"; sleep 600";

  @TempDir Path dir;
  private final int second = FreePort.any();
  private final Specs server = Programs.perl(TWO_PORTS);
  private ProcessRig rig;

  @BeforeEach
  void begin() {
    rig = new ProcessRig(dir, Map.of("SECOND", "" + second));
    rig.start(server);
    rig.await(Workload.Ready.class);
    rig.awaitOutput("inside");
  }

  @AfterEach
  void end() throws IOException {
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
    rig.close();
  }

  @Test
  void itsOwnProcessesAndDormouseAreNoClients() throws IOException {
    try (var ours = new Socket(InetAddress.ofLiteral("127.0.0.1"), second)) {
      assertThat(ours.isConnected()).isTrue();
      assertThat(look().any()).isFalse();
    }
  }

  @Test
  void aClientOfAnyOfItsPortsCountsUntilItHasLeft() throws Exception {
    Process client = client(second, Map.of());
    try {
      Company company = look();
      assertThat(company.clients()).isEqualTo(1);
      assertThat(company.words())
          .isEqualTo(
              "1 client is connected to it directly, at port "
                  + second
                  + " by pid "
                  + client.pid()
                  + " (perl)");
    } finally {
      end(client);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(look().any()).isFalse());
    assertThat(look().seen()).as("when it was there last").isAfter(java.time.Instant.MIN);
  }

  @Test
  void aClientOfItsOwnPortCountsToo() throws Exception {
    var ready = (Workload.Ready) rig.now();
    Process client = client(ready.endpoint().orElseThrow().port(), Map.of());
    try {
      assertThat(look().clients()).isEqualTo(1);
    } finally {
      end(client);
    }
  }

  @Test
  void anotherServiceOfOursAsksByDependsOn() throws Exception {
    String mark = StateFiles.of(dir).markerValue(new ServiceId("default", "other"));
    Process client = client(second, Map.of(Launch.MARKER, mark));
    try {
      assertThat(look().any()).isFalse();
    } finally {
      end(client);
    }
  }

  @Test
  void aMonitorIsNoClient() throws Exception {
    var monitor = new Monitor(Optional.of("127.0.0.0/8"), Optional.empty());
    Specs watched = server.access(new Access(List.of(), 9, 0, List.of(), List.of(monitor)));
    Process client = client(second, Map.of());
    try {
      assertThat(look(watched).any()).isFalse();
    } finally {
      end(client);
    }
  }

  /** As a pass has it done, which is asked for when it is over. */
  private Company look() {
    return look(server);
  }

  private Company look(Specs specs) {
    int before = rig.seen.size();
    rig.apply(specs, new Action.Look());
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> rig.seen.size() > before);
    return ((Workload.Ready) rig.now()).company().orElseThrow();
  }

  private static Process client(int port, Map<String, String> env) throws IOException {
    var builder = new ProcessBuilder("perl", "-e", CLIENT, "" + port);
    builder.environment().putAll(env);
    Process client = builder.redirectErrorStream(true).start();
    assertThat(client.inputReader().readLine()).isEqualTo("connected");
    return client;
  }

  private static void end(Process client) throws InterruptedException {
    client.destroy();
    assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }
}
