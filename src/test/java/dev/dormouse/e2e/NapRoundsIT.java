package dev.dormouse.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Naps over a real Action Cable and its Redis, each broken by something else at another step:
 * {@code -Dnap.rounds=200} of them, 12 unless said otherwise.
 */
@Tag("soak")
class NapRoundsIT {
  private static final int ROUNDS = Integer.getInteger("nap.rounds", 12);
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Where the launcher waits for tests; asleep is behind all of them. */
  private static final List<String> STEPS = List.of("begun", "trapped", "looked");

  /** So many naps pass a step without a stop. */
  private static final String PASSES = "\n".repeat(1024);

  @TempDir Path scratch;
  private final Map<String, RandomAccessFile> open = new HashMap<>();
  private CableExample example = CableExample.UNSET;

  /** What may end a nap. */
  private enum Breaker {
    CLIENT,
    PROBE,
    REDIS_DIES,
    HANG_UP,
    MANIFEST_CHANGES
  }

  @BeforeEach
  void prepare() throws Exception {
    example = CableExample.in(scratch.resolve("manifests"));
    example.replace(
        "redis.yaml",
        "  activation: Always",
        "  activation: Always\n  retry: {initial: 100ms, breaker: {failures: 500}}");
    Files.createDirectory(scratch.resolve("steps"));
    for (String step : STEPS) {
      Root.run("mkfifo", scratch.resolve("steps/" + step).toString());
      goOn(step);
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    for (RandomAccessFile fifo : open.values()) {
      fifo.close();
    }
    assertThat(example.processes()).isEmpty();
  }

  @Test
  void whateverBreaksThemNobodyIsLostAndNothingGathers() throws Exception {
    try (var machine =
        new Machine(
            Map.of("DORMOUSE_NAP_STEPS", scratch.resolve("steps").toString()),
            example.manifests(),
            scratch.resolve("state"),
            "--nap",
            "1s")) {
      var view = new NapView(machine.child.pid());
      machine.awaitPhase("redis", "Active");
      view.awaitNap();
      int descriptors = view.descriptors().size();
      for (int round = 0; round < ROUNDS; round++) {
        Breaker breaker = Breaker.values()[round % Breaker.values().length];
        int step = round % (STEPS.size() + 1);
        breakAt(step, breaker, view, machine);
        machine.awaitPhase("redis", "Active"); // who comes before is told that it is not
        visit(machine, round + ": " + breaker + " at step " + step);
        machine.awaitPhase("cable", "Dormant");
        view.awaitNap();
        assertThat(view.descriptors()).as("round %s", round).hasSize(descriptors);
        assertThat(view.children()).as("round %s", round).hasSize(1);
        assertThat(example.redises()).hasSize(1);
        assertThat(example.pumas()).isEmpty();
      }
      assertThat(machine.child.terminate()).isZero();
    }
  }

  private void breakAt(int step, Breaker breaker, NapView view, Machine machine) throws Exception {
    if (step == STEPS.size()) {
      act(breaker, view, machine);
      return;
    }
    stopAt(STEPS.get(step));
    machine.get(machine.adminPort, "/livez"); // ends this one: the next is stopped
    view.awaitStep();
    Thread acting =
        Thread.startVirtualThread(
            () -> {
              try {
                act(breaker, view, machine);
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    goOn(STEPS.get(step));
    assertThat(acting.join(LIMIT)).isTrue();
  }

  private void act(Breaker breaker, NapView view, Machine machine)
      throws IOException, InterruptedException {
    switch (breaker) {
      case CLIENT -> visit(machine, "the client");
      case PROBE ->
          assertThat(machine.get(machine.adminPort, "/livez").statusCode()).isEqualTo(200);
      case REDIS_DIES -> {
        ProcessHandle redis = example.redises().getFirst();
        redis.destroyForcibly();
        await().atMost(LIMIT).until(() -> !redis.isAlive());
      }
      case HANG_UP -> view.signal("HUP");
      case MANIFEST_CHANGES -> example.replace("cable.yaml", "kind: ", "kind:  ");
    }
  }

  private static void visit(Machine machine, String what) {
    try (Visitor visitor =
        Visitor.knock(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), machine.port),
            "localhost",
            "/cable",
            "Origin: http://127.0.0.1:" + machine.port,
            "Sec-WebSocket-Protocol: actioncable-v1-json")) {
      assertThat(visitor.greeting()).as(what).contains("welcome");
    }
  }

  private void stopAt(String step) throws IOException {
    requireNonNull(open.remove(step)).close();
  }

  /** Opened for both, a fifo waits for nobody. */
  private void goOn(String step) throws IOException {
    var fifo = new RandomAccessFile(scratch.resolve("steps/" + step).toFile(), "rw");
    fifo.write(PASSES.getBytes(StandardCharsets.US_ASCII));
    open.put(step, fifo);
  }
}
