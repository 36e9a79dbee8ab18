package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.local.driver.ThawProbe;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real Puma, Action Cable and Redis, really stopped and resumed. {@code -Ddormouse.rounds=N}
 * freezes and thaws so often; the latencies are left in target/freeze-rounds.txt.
 */
class FrozenCableIT {
  private static final int ROUNDS = Integer.getInteger("dormouse.rounds", 20);
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir", "."));
  private static final String FINALS =
      "{\"command\":\"subscribe\",\"identifier\":\"{\\\"channel\\\":\\\"ScoresChannel\\\",\\\"event\\\":\\\"finals\\\"}\"}";

  /** A WebSocket server that is struck numb by SIGCONT. */
  private static final String NUMB =
      """
      use IO::Socket::INET; use Digest::SHA qw(sha1_base64); $| = 1;
      $SIG{CONT} = sub { print "numb\\n"; sleep 1 while 1 };
      $s = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT}, Listen => 5,
        ReuseAddr => 1) or die "cannot bind: $!\\n";
      while (1) {
        next unless $c = $s->accept;
        while (<$c>) {
          $key = $1 if /^Sec-WebSocket-Key: (\\S+)/i;
          last if /^\\r?\\n/;
        }
        if (!$key) { close $c; next }
        print $c "HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
          . "Sec-WebSocket-Accept: " . sha1_base64($key . "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
          . "=\\r\\n\\r\\n\\x81\\x07welcome";
        push @open, $c; undef $key;
      }
      """;

  @TempDir Path scratch;
  private int redisPort;
  private Map<ServiceId, ServiceSpec> services = new HashMap<>();

  @BeforeEach
  void readTheExample() throws IOException {
    try (var free = new java.net.ServerSocket(0)) {
      redisPort = free.getLocalPort();
    }
    Path manifests = Files.createDirectory(scratch.resolve("manifests"));
    try (Stream<Path> files = Files.list(BASE.resolve("manifests/examples/action-cable"))) {
      for (Path file : files.toList()) {
        String text = Files.readString(file);
        Files.writeString(
            manifests.resolve(file.getFileName().toString()),
            text.replace("28080", "0")
                .replace("26380", "" + redisPort)
                .replaceAll("idleTimeout: 30s", "idleTimeout: 5ms\n  sleep: Freeze")
                .replaceAll("minimumUptime: 10s", "minimumUptime: 0s"));
      }
    }
    Manifests read =
        new ManifestReader(ReaderContext.machine(Optional.empty())).read(List.of(manifests));
    assertThat(read.problems()).isEmpty();
    read.services().forEach(it -> services.put(it.id(), it.spec()));
  }

  @Test
  void onePumaServesEveryRoundOfFreezeAndThaw() throws IOException {
    try (var machine = machine()) {
      machine.open().awaitMessage("welcome").leave();
      machine.awaitFrozen();
      long puma = machine.pid();
      List<Long> millis = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        Instant knocked = machine.clock.instant();
        var socket = machine.open().awaitMessage("welcome");
        millis.add(Duration.between(knocked, machine.clock.instant()).toMillis());
        assertThat(machine.stopped()).isZero();
        socket.say(FINALS).awaitMessage("confirm_subscription");
        publish("cable:scores_finals", "{\"round\":" + round + "}");
        socket.awaitMessage("{\"round\":" + round + "}").leave();
        machine.awaitFrozen();
      }
      assertThat(machine.pid()).isEqualTo(puma);
      assertThat(machine.sleeps).doesNotContain("LOST", "FAILED", "IN_VAIN");
      report(millis);
    }
    assertThat(machineIsClean()).isTrue();
  }

  /** Between the last client's end and any moment of the freeze. */
  @Test
  void anArrivalAtAnyPointOfTheFreezeIsServedByTheSamePuma() throws Exception {
    try (var machine = machine()) {
      machine.open().awaitMessage("welcome").leave();
      machine.awaitFrozen();
      long puma = machine.pid();
      for (int round = 0; round < ROUNDS; round++) {
        machine.open().awaitMessage("welcome").leave();
        Thread.sleep(round * 2 % 40);
      }
      assertThat(machine.pid()).isEqualTo(puma);
      machine.awaitFrozen();
      assertThat(machine.sleeps).doesNotContain("LOST", "FAILED", "IN_VAIN");
    }
  }

  @Test
  void manyThatKnockAtOnceAreOneThaw() throws IOException {
    try (var machine = machine()) {
      machine.open().awaitMessage("welcome").leave();
      machine.awaitFrozen();
      List<FrozenMachine.Socket> sockets = Stream.generate(machine::open).limit(100).toList();
      sockets.forEach(socket -> socket.awaitMessage("welcome"));
      sockets.forEach(FrozenMachine.Socket::leave);
      machine.awaitFrozen();
      assertThat(machine.sleeps.stream().filter("ANSWERED"::equals)).hasSize(1);
    }
  }

  @Test
  void aGapOfPingsIsNoHarm() throws Exception {
    try (var machine = machine()) {
      machine.open().awaitMessage("welcome").leave();
      machine.awaitFrozen();
      Thread.sleep(4_000); // longer than a beat of Action Cable
      var socket = machine.open().awaitMessage("welcome").awaitMessage("\"ping\"");
      socket.say(FINALS).awaitMessage("confirm_subscription").leave();
    }
  }

  @Test
  void aRedisThatWasRestartedMakesTheSleeperStale() throws Exception {
    try (var machine = machine()) {
      machine.open().say(FINALS).awaitMessage("confirm_subscription").leave();
      machine.awaitFrozen();
      long puma = machine.pid();
      ProcessHandle.of(machine.view(REDIS).process().orElseThrow().pid())
          .orElseThrow()
          .destroyForcibly();
      await().until(() -> machine.view(FrozenMachine.CABLE).process().isEmpty());
      await().until(() -> machine.view(REDIS).status().phase() == Phase.ACTIVE);
      var socket = machine.open().say(FINALS).awaitMessage("confirm_subscription");
      assertThat(machine.pid()).isNotEqualTo(puma);
      publish("cable:scores_finals", "{\"heat\":1}");
      socket.awaitMessage("{\"heat\":1}").leave();
    }
  }

  /** More than client-output-buffer-limit holds for a subscriber (32 MB): Redis hangs up on it. */
  @Test
  void whatRedisHasHungUpOnIsNoSilentZombie() throws Exception {
    try (var machine = machine()) {
      machine.open().say(FINALS).awaitMessage("confirm_subscription").leave();
      machine.awaitFrozen();
      String megabyte = "x".repeat(1 << 20);
      for (int i = 0; i < 60; i++) {
        publish("cable:_action_cable_internal", megabyte);
      }
      await()
          .atMost(Duration.ofSeconds(40))
          .ignoreExceptions()
          .until(
              () -> {
                var socket = machine.open().awaitMessage("welcome");
                socket.say(FINALS).awaitMessage("confirm_subscription");
                publish("cable:scores_finals", "{\"heat\":2}");
                socket.awaitMessage("{\"heat\":2}").leave();
                return true;
              });
    }
  }

  @Test
  void whoFindsItNumbIsServedByTheNextStartWithinTheSameHold() throws IOException {
    services.clear();
    services.put(
        FrozenMachine.CABLE,
        Specs.from(Programs.perl(NUMB).build())
            .freezing()
            .routes("/cable")
            .minimumUptime(Duration.ZERO)
            .idleTimeout(Duration.ofMillis(5))
            .build());
    try (var machine = machine()) {
      machine.open().awaitMessage("welcome").drop();
      machine.awaitFrozen();
      await("asleep to the end").until(() -> machine.sleeps.contains("FROZEN"));
      long before = machine.pid();
      Instant knocked = machine.clock.instant();
      var first = machine.open();
      var second = machine.open();
      first.awaitMessage("welcome");
      second.awaitMessage("welcome");
      assertThat(Duration.between(knocked, machine.clock.instant()))
          .isGreaterThanOrEqualTo(ThawProbe.LIMIT);
      assertThat(machine.pid()).isNotEqualTo(before);
      assertThat(machine.sleeps).containsSubsequence("FROZEN", "LOST");
      first.drop();
      second.drop();
    }
  }

  private static final ServiceId REDIS = new ServiceId("default", "redis");

  private FrozenMachine machine() {
    return new FrozenMachine(scratch.resolve("state"), services);
  }

  private boolean machineIsClean() {
    return ProcessHandle.allProcesses()
        .noneMatch(p -> p.info().commandLine().orElse("").contains(":" + redisPort + "/"));
  }

  private void publish(String channel, String payload) throws IOException {
    Process redis =
        new ProcessBuilder("redis-cli", "-p", "" + redisPort, "-x", "PUBLISH", channel)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream in = redis.getOutputStream()) {
      in.write(payload.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(redis.onExit().join().exitValue()).isZero();
  }

  private static void report(List<Long> millis) throws IOException {
    List<Long> sorted = millis.stream().sorted().toList();
    int last = sorted.size() - 1;
    Files.createDirectories(BASE.resolve("target"));
    Files.writeString(
        BASE.resolve("target/freeze-rounds.txt"),
        String.format(
            Locale.ROOT,
            "rounds=%d upgrade-to-welcome p50=%d ms p99=%d ms max=%d ms%n",
            sorted.size(),
            sorted.get(last / 2),
            sorted.get(last * 99 / 100),
            sorted.get(last)));
  }
}
