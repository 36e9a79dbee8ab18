package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceSpec.Listener;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.testing.FreePort;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where servers listen that do not listen where they were told to, and listeners of others. */
class ListenerIT {
  private static final String AT =
      """
      use IO::Socket::IP;
      $s = IO::Socket::IP->new(LocalHost => "ADDRESS", LocalPort => $ENV{PORT}, Listen => 5,
        ReuseAddr => 1, V6Only => 1) or die "cannot bind: $@\\n";
      while (1) { $c = $s->accept; close $c if $c }
      """;

  private static final String UNIX =
      """
      use IO::Socket::UNIX;
      $s = IO::Socket::UNIX->new(Local => $ENV{SOCKET}, Listen => 5) or die "cannot bind: $!\\n";
      while (1) { $c = $s->accept; close $c if $c }
      """;

  /** Has a daemon listen, as a client of a container engine does, until it is asked to end. */
  private static final String CLIENT =
      """
      open(F, ">", "$ENV{ORDER}.new") and print F "$ENV{PORT}" and close F;
      rename "$ENV{ORDER}.new", $ENV{ORDER};
      $SIG{TERM} = sub { unlink $ENV{ORDER}; exit 0 };
      sleep 1 while 1;
      """;

  private static final String DAEMON =
      """
      use IO::Socket::INET;
      select undef, undef, undef, 0.02 until -e $ARGV[0];
      open F, $ARGV[0]; $port = <F>; close F;
      $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 5,
        ReuseAddr => 1) or die; $s->blocking(0);
      while (-e $ARGV[0]) { $c = $s->accept; close $c if $c; select undef, undef, undef, 0.02 }
      """;

  @TempDir Path dir;
  private final int port = FreePort.any();
  private ProcessRig rig;

  @BeforeEach
  void begin() {
    rig = new ProcessRig(dir, Map.of("ORDER", dir.resolve("order").toString()));
  }

  @AfterEach
  void end() throws IOException {
    rig.close();
  }

  @ParameterizedTest
  @CsvSource({"::1, ::1", "::, ::1", "127.0.1.1, 127.0.1.1", "0.0.0.0, 127.0.0.1"})
  void aServerIsDialledWhereItListensOnItsPort(String address, String dialled) {
    Specs server = Programs.perl(AT.replace("ADDRESS", address)).port(port);
    rig.start(server);
    Endpoint endpoint = rig.await(Workload.Ready.class).endpoint().orElseThrow();
    assertThat(endpoint.port()).isEqualTo(port);
    assertThat(java.net.InetAddress.ofLiteral(endpoint.host()))
        .isEqualTo(java.net.InetAddress.ofLiteral(dialled));
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
  }

  @Test
  void aUnixSocketIsListenedAtInsteadOfAPort() throws IOException {
    Path socket = dir.resolve("server.sock");
    try (var stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      stale.bind(UnixDomainSocketAddress.of(socket));
    }
    assertThat(socket).as("left by one that was killed").exists();
    Specs server = Programs.perl(UNIX).socket(socket.toString());
    rig.start(server);
    assertThat(rig.await(Workload.Ready.class).endpoint())
        .contains(Endpoint.ofSocket(socket.toString()));
    rig.stop(server, StopReason.IDLE);
    rig.await(Workload.Absent.class);
  }

  @Test
  void aUnixSocketThatSomebodyElseListensAtIsRefused() throws IOException {
    Path socket = dir.resolve("taken.sock");
    try (var taken = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      taken.bind(UnixDomainSocketAddress.of(socket));
      rig.start(Programs.perl(UNIX).socket(socket.toString()));
      assertThat(rig.awaitFailure().reason()).isEqualTo(FailureReason.PORT_BUSY);
      assertThat(rig.awaitFailure().message()).contains("unix:" + socket + " is in use by pid ");
    }
  }

  @Test
  void aListenerOfSomebodyElseIsRefusedUnlessItIsDeclared() throws Exception {
    Process daemon = daemon();
    try {
      rig.start(Programs.perl(CLIENT).port(port));
      assertThat(rig.awaitFailure().reason()).isEqualTo(FailureReason.PORT_BUSY);
    } finally {
      end(daemon);
    }
  }

  @Test
  void aDeclaredOneServesUntilItsClientIsAskedToEndAndIsNotKilled() throws Exception {
    Process daemon = daemon();
    try {
      Specs client =
          Programs.perl(CLIENT)
              .port(port)
              .listener(Listener.ANY)
              .gracePeriod(Duration.ofSeconds(10));
      rig.start(client);
      assertThat(rig.await(Workload.Ready.class).endpoint())
          .contains(new Endpoint("127.0.0.1", port));
      rig.stop(client, StopReason.IDLE);
      rig.await(Workload.Absent.class);
      assertThat(daemon.waitFor(20, TimeUnit.SECONDS)).as("it ended by itself").isTrue();
      assertThat(daemon.exitValue()).isZero();
    } finally {
      end(daemon);
    }
  }

  private Process daemon() throws IOException {
    return new ProcessBuilder("perl", "-e", DAEMON, dir.resolve("order").toString())
        .redirectErrorStream(true)
        .start();
  }

  private static void end(Process daemon) throws InterruptedException {
    daemon.destroy();
    assertThat(daemon.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }
}
