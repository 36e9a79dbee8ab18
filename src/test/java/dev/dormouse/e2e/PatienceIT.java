package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients are held while something stops or boots, and each service is one process. */
class PatienceIT {
  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();

  @Test
  @Tag("D24")
  @Tag("N8")
  void whoeverComesDuringALongBootIsHeldAndNobodyIsRefused() throws Exception {
    try (var machine = machine(echo("1.5 slow", "path: /cable"))) {
      List<Machine.Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 25; i++) {
        sockets.add(machine.open("/cable"));
        Thread.sleep(60);
      }
      sockets.forEach(Machine.Socket::join);
      assertThat(machine.count("dormouse_refusals_total", "")).isZero();
      assertThat(machine.starts("echo")).isEqualTo(1);
    }
  }

  @Test
  @Tag("D23")
  void aHoldEndsButTheBootGoesOnForTheNext() throws IOException {
    try (var machine = machine(echo("1.2 slow", "path: /cable", "startup: {hold: 300ms}"))) {
      assertThat(machine.open("/cable").refusal()).isEqualTo(503);
      ProcessHandle booting = EchoServer.only(word);
      machine.child.await("waking -> active");
      machine.open("/cable").join();
      assertThat(EchoServer.only(word)).isEqualTo(booting);
      assertThat(machine.starts("echo")).isEqualTo(1);
    }
  }

  @Test
  @Tag("D12")
  @Tag("N6")
  @Tag("N7")
  void whoComesDuringAStopIsHeldUntilItsProcessIsGoneAndServedByTheNext() throws IOException {
    String port = "port: " + Machine.freePort();
    String stop = "shutdown: {drain: 0s, gracePeriod: 700ms}";
    try (var machine = machine(echo("0 deaf", "path: /cable", port, "idleTimeout: 200ms", stop))) {
      machine.open("/cable").join().abort();
      ProcessHandle stubborn = EchoServer.only(word);
      machine.awaitPhase("echo", "Stopping");
      assertThat(stubborn.isAlive()).isTrue();
      var held = machine.open("/cable");
      await().until(() -> machine.service("echo").path("waiting").asInt() == 1);
      assertThat(machine.phase("echo")).as("told while the stop waits").isEqualTo("Stopping");
      held.join();
      assertThat(stubborn.isAlive()).isFalse();
      assertThat(EchoServer.only(word)).isNotEqualTo(stubborn);
      assertThat(machine.count("dormouse_start_failures_total", "")).isZero();
    }
  }

  @Test
  @Tag("D31")
  void allRoutesOfAServiceLeadToOneProcessAndSoDoesARouteThatIsAdded() throws IOException {
    String routes = "routes: [{path: /cable}, {path: '/showcase/{event}/cable'}";
    try (var machine = machine(echo("0", routes + "]"))) {
      List<Machine.Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        sockets.add(machine.open("/cable"));
        sockets.add(machine.open("/showcase/" + i + "/cable"));
      }
      sockets.forEach(Machine.Socket::join);
      ProcessHandle workload = EchoServer.only(word);
      write(echo("0", routes + ", {path: /new}]"));
      machine.child.await("manifests changed");
      machine.open("/new").join();
      assertThat(EchoServer.only(word)).isEqualTo(workload);
      assertThat(sockets).noneMatch(socket -> socket.closed.isDone());
      assertThat(machine.starts("echo")).isEqualTo(1);
    }
  }

  @Test
  @Tag("N9")
  void servicesThatStartTogetherHaveAFreePortEach() throws IOException {
    List<String> names = List.of("a", "b", "c", "d", "e", "f");
    String all =
        names.stream()
            .map(name -> EchoServer.service(name, word + name, "  path: /" + name + "\n"))
            .reduce("", (one, other) -> one + "---\n" + other);
    try (var machine = machine(all)) {
      List<Machine.Socket> sockets = names.stream().map(name -> machine.open("/" + name)).toList();
      sockets.forEach(Machine.Socket::join);
      assertThat(names.stream().map(name -> machine.service(name).at("/endpoint/port").asInt()))
          .doesNotHaveDuplicates()
          .doesNotContain(0);
      assertThat(names).allMatch(name -> EchoServer.running(word + name).size() == 1);
      assertThat(machine.count("dormouse_start_failures_total", "")).isZero();
    }
  }

  private String echo(String arguments, String... fields) {
    return EchoServer.service(
        "echo", word + " " + arguments, "  " + String.join("\n  ", fields) + "\n");
  }

  private Path write(String manifest) throws IOException {
    return Files.writeString(scratch.resolve("echo.yaml"), manifest);
  }

  private Machine machine(String manifest) throws IOException {
    return new Machine(write(manifest), scratch.resolve("state"));
  }
}
