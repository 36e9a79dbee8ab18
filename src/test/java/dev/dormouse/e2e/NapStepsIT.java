package dev.dormouse.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Something comes at each step on the way into a nap, in each shell that a launcher may have. */
class NapStepsIT {
  private static final Path HOME = Path.of(System.getProperty("dormouse.home"));
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final List<String> STEPS = List.of("begun", "trapped", "looked");

  /** So many naps pass a step without a stop. */
  private static final String PASSES = "\n".repeat(64);

  @TempDir Path scratch;
  private final Map<String, RandomAccessFile> open = new HashMap<>();
  private final int port = Machine.freePort();
  private final int adminPort = Machine.freePort();

  @BeforeEach
  void declare() throws Exception {
    Files.writeString(
        scratch.resolve("cable.yaml"), Manifest.greeting("cable", "hello").resource().toString());
    Files.writeString(
        scratch.resolve("redis.yaml"),
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: redis}
        spec:
          activation: Always
          command: [sleep, "86399"]
          retry: {initial: 100ms}
        """);
    Files.createDirectory(scratch.resolve("steps"));
    for (String step : STEPS) {
      String fifo = scratch.resolve("steps/" + step).toString();
      assertThat(new ProcessBuilder("mkfifo", fifo).start().waitFor()).isZero();
      goOn(step);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bin/dash", "/bin/bash", "/bin/busybox sh"})
  void whateverComesAtAnyStepIsNoticed(String shell) throws Exception {
    try (Child child = dormouse(shell)) {
      child.await("listening on");
      var napping = new NapView(child.pid());
      for (String step : STEPS) {
        stopAt(step);
        napping.awaitStep();
        try (Visitor visitor = knock()) {
          goOn(step);
          assertThat(visitor.greeting()).as("%s at %s", shell, step).isEqualTo("hello");
        }
      }
      for (String step : STEPS) {
        int lines = child.lines().size();
        stopAt(step);
        napping.awaitStep();
        NapView.signal("KILL", Long.parseLong(napping.children().getFirst()));
        goOn(step);
        child.awaitFrom(lines, "woken by the end of a process of ours");
        visit();
      }
      stopAt("looked");
      napping.awaitStep();
      napping.signal("TERM");
      goOn("looked");
      assertThat(child.process().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(child.process().exitValue()).isZero();
      child.awaitEnd();
      assertThat(child.lines().getLast()).endsWith("INFO stopped");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bin/sh"})
  void aLauncherThatIsReplacedMeanwhileIsTheOneThatComesBack(String shell) throws Exception {
    try (Child child = dormouse(shell)) {
      child.await("listening on");
      new NapView(child.pid()).awaitNap();
      Path launcher = scratch.resolve("dist/bin/dormouse");
      Path next = scratch.resolve("dist/bin/next");
      Files.writeString(
          next, Files.readString(launcher).replace("\nset -eu\n", "\necho 'the next'\nset -eu\n"));
      assertThat(next.toFile().setExecutable(true)).isTrue();
      Files.delete(launcher);
      try (Visitor visitor = knock()) {
        Files.move(next, launcher);
        assertThat(visitor.greeting()).isEqualTo("hello");
      }
      child.await("the next");
      assertThat(child.terminate()).isZero();
    }
  }

  private Child dormouse(String shell) throws IOException {
    Path bin = Files.createDirectories(scratch.resolve("dist/bin"));
    Path launcher = bin.resolve("dormouse");
    Files.writeString(
        launcher,
        Files.readString(HOME.resolve("bin/dormouse"))
            .replaceFirst("#!/bin/sh\n", "#!" + shell + "\n"));
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(scratch.resolve("dist/lib"), HOME.resolve("lib"));
    return Child.start(
        Map.of("DORMOUSE_NAP_STEPS", scratch.resolve("steps").toString()),
        List.of(
            launcher.toString(),
            "run",
            "-f",
            scratch.resolve("cable.yaml").toString(),
            scratch.resolve("redis.yaml").toString(),
            "--listen",
            "127.0.0.1:" + port,
            "--admin",
            "127.0.0.1:" + adminPort,
            "--state-dir",
            scratch.resolve("state").toString(),
            "--nap",
            "1s"));
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

  private void visit() {
    try (Visitor visitor = knock()) {
      assertThat(visitor.greeting()).isEqualTo("hello");
    }
  }

  private Visitor knock() {
    return Visitor.knock(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), "localhost", "/cable");
  }
}
