package dev.dormouse.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests that change under a running Dormouse with real cables and sockets. */
class ReloadIT {
  private static final Path EXAMPLE =
      Path.of(System.getProperty("dormouse.basedir"), "manifests/examples/action-cable");

  @TempDir Path scratch;
  private Path manifests = Path.of("unset");

  @BeforeEach
  void twoCables() throws IOException {
    manifests = Files.createDirectory(scratch.resolve("manifests"));
    for (String file : List.of("app.rb", "config.ru")) {
      Files.copy(EXAMPLE.resolve(file), manifests.resolve(file));
    }
    write("one", "");
    write("two", "");
  }

  @Test
  @Tag("D33")
  @Tag("N11")
  void onlyWhatChangedIsTouched() throws Exception {
    try (var machine = start()) {
      var one = machine.open("/one");
      var two = machine.open("/two");
      one.join();
      two.join();
      long pidOfOne = pid(machine, "one");
      long pidOfTwo = pid(machine, "two");

      Files.setLastModifiedTime(manifests.resolve("one.yaml"), FileTime.from(Instant.EPOCH));
      write("two", "idleTimeout: 1s");
      machine.child.await("manifests changed services=2 problems=0");
      assertThat(pid(machine, "two")).isEqualTo(pidOfTwo);
      assertThat(two.closed).isNotDone();

      write("one", "env: [{name: NEW, value: x}]");
      assertThat(one.closed.get(10, SECONDS)).as("it restarts").isEqualTo(1012);
      machine.open("/one").join();
      assertThat(pid(machine, "one")).isNotEqualTo(pidOfOne);
      assertThat(ProcessHandle.of(pidOfOne)).isEmpty();

      write("three", "");
      await().until(() -> status(machine, "three") == 200);
      machine.open("/three").join();

      assertThat(pid(machine, "two")).isEqualTo(pidOfTwo);
      assertThat(two.closed).as("untouched by all that happened to the others").isNotDone();
      Files.delete(manifests.resolve("two.yaml"));
      assertThat(two.closed.get(10, SECONDS)).as("it goes away").isEqualTo(1001);
      await().until(() -> status(machine, "two") == 404);
      assertThat(ProcessHandle.of(pidOfTwo)).isEmpty();
      assertThat(machine.open("/two").refusal()).isEqualTo(404);
      assertThat(linesWith(machine, "manifests changed")).isEqualTo(4);
    }
  }

  @Test
  @Tag("N10")
  void aChangedIdleTimeoutHoldsForWhatRunsAlready() throws Exception {
    try (var machine = start()) {
      machine.open("/one").join().sendClose(1000, "").join();
      await().until(() -> machine.service("one").has("quietSince"));
      long pid = pid(machine, "one");
      write("one", "idleTimeout: 300ms");
      machine.awaitPhase("one", "Dormant");
      assertThat(ProcessHandle.of(pid)).isEmpty();
    }
  }

  @Test
  void aBrokenFileKeepsTheLastGoodStateAndSaysSo() throws Exception {
    try (var machine = start()) {
      var one = machine.open("/one");
      one.join();
      long pid = pid(machine, "one");
      write("one", "idleTimeout: soon");
      String problem = manifests.resolve("one.yaml") + ":11: spec.idleTimeout: must be a duration";
      machine.child.await("ERROR kept as it was: " + problem);
      assertThat(metrics(machine)).contains("dormouse_config_valid 0.0");
      assertThat(machine.get(machine.adminPort, "/readyz"))
          .satisfies(it -> assertThat(it.statusCode()).isEqualTo(200))
          .satisfies(it -> assertThat(it.body()).startsWith("ok\nkept as it was: " + problem));
      var two = machine.open("/two");
      two.join();
      write("two", "activation: Disabled");
      assertThat(two.closed.get(10, SECONDS)).isEqualTo(1001);
      await().until(() -> machine.phase("two").equals("Disabled"));
      machine.open("/one").join();
      assertThat(pid(machine, "one")).isEqualTo(pid);
      assertThat(one.closed).isNotDone();

      write("one", "idleTimeout: 1m");
      await().until(() -> metrics(machine).contains("dormouse_config_valid 1.0"));
      assertThat(machine.get(machine.adminPort, "/readyz").body()).isEqualTo("ok\n");
      assertThat(pid(machine, "one")).isEqualTo(pid);
      assertThat(machine.child.lines())
          .filteredOn(line -> line.contains("kept as it was"))
          .hasSize(1);
    }
  }

  private Machine start() {
    await().pollDelay(Duration.ZERO).until(() -> Files.isDirectory(manifests));
    return new Machine(manifests, scratch.resolve("state"));
  }

  private void write(String name, String more) throws IOException {
    Files.writeString(
        manifests.resolve(name + ".yaml"),
        String.format(
            Locale.ROOT,
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: %1$s}
            spec:
              command: [puma, -q, -w, "0", -t, "1:2", -b, "tcp://$(HOST):$(PORT)", config.ru]
              port: 0
              routes: [{path: /%1$s, upstreamPath: /cable}]
              minimumUptime: 0s
              shutdown: {drain: 100ms, gracePeriod: 2s}
              access: {allowedOrigins: ["http://127.0.0.1:*"]}
              %2$s
            """,
            name,
            more));
  }

  private static int status(Machine machine, String name) {
    return machine.get(machine.adminPort, "/services/default/" + name).statusCode();
  }

  private static String metrics(Machine machine) {
    return machine.get(machine.adminPort, "/metrics").body();
  }

  private static long pid(Machine machine, String name) {
    return machine.service(name).path("pid").asLong();
  }

  private static long linesWith(Machine machine, String text) {
    return machine.child.lines().stream().filter(line -> line.contains(text)).count();
  }
}
