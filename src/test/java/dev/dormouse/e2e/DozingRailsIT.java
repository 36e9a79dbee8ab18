package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.e2e.CableExample.Kind;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole Rails application asleep under open sockets, with what its cable may hear of broadcasts
 * by. {@code -Ddormouse.doze.seconds=N} has it sleep for so long under its clients.
 */
@Tag("privileged")
class DozingRailsIT {
  private static final int DOZE_SECONDS = Integer.getInteger("dormouse.doze.seconds", 12);
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path scratch;
  private final HttpClient http = HttpClient.newHttpClient();
  private Optional<SwapFile> swap = Optional.empty();

  @BeforeEach
  void swapOn() {
    swap = Optional.of(SwapFile.on(scratch.resolve("swap"), 256));
  }

  @AfterEach
  void swapOff() {
    swap.ifPresent(SwapFile::close);
  }

  private CableExample example(String doze, Map<String, String> env) throws IOException {
    String times = "idleTimeout: 5m\n  minimumUptime: 0s\n  sleep: Doze\n  doze: {" + doze + "}";
    CableExample example = CableExample.in(scratch.resolve("manifests"), Kind.RAILS, times);
    var more = new StringBuilder();
    env.forEach((name, value) -> more.append(entry(name, value)));
    example.declare(times, text -> text.replace("  env:\n", "  env:\n" + more));
    return example;
  }

  private static String entry(String name, String value) {
    return "    - name: " + name + "\n      value: \"" + value + "\"\n";
  }

  /** Asleep for a second; what the wakes before it were counted to. */
  private static long awaitDoze(Machine machine) {
    var seen = new AtomicLong(-1);
    await("dozing")
        .atMost(LIMIT)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              boolean dozing = machine.phase("app").equals("Dozing");
              long now = dozing ? machine.count("dormouse_doze_wakes_total", "") : -1;
              return seen.getAndSet(now) == now && dozing;
            });
    return seen.get();
  }

  private static void run(Map<String, String> env, String... command) throws Exception {
    try (Child child = Child.start(env, List.of(command))) {
      assertThat(child.process().waitFor()).as("%s", child.lines()).isZero();
    }
  }

  /** As Solid Cable does it: the broadcast is a row of a file, for which each server looks. */
  @Test
  void aRowInTheFileOfItsCableWakesIt() throws Exception {
    Path file = scratch.resolve("cable.sqlite3");
    String library = BASE.resolve("src/test/ruby").toString();
    var env =
        Map.of("POLLED_CABLE", file.toString(), "RUBYLIB", library, "CABLE_ADAPTER", "polled");
    CableExample example = example("after: 300ms, wakeOn: {files: [\"" + file + "\"]}", env);
    Files.writeString(file, ""); // else its making wakes, too
    try (var machine = new Machine(example.manifests(), scratch.resolve("state"))) {
      Subscriber client = Subscriber.of(machine, http);
      awaitDoze(machine);
      int from = machine.child.lines().size();
      String insert =
          "require 'action_cable'; require 'action_cable/subscription_adapter/polled';"
              + " ActionCable::SubscriptionAdapter::Polled::Messages.new.add(*ARGV)";
      run(env, "ruby", "-e", insert, "cable:scores_finals", "{\"row\":1}");
      client.awaitMessage("{\"row\":1}");
      machine.child.awaitFrom(from, "waking cause=File");
      assertThat(client.closed).isNotDone();
    }
  }

  @Test
  void aNotificationOfPostgresWakesIt() throws Exception {
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
    int port = Machine.freePort();
    String url = "postgresql://postgres@127.0.0.1:" + port + "/postgres";
    CableExample example =
        example("after: 300ms", Map.of("DATABASE_URL", url, "CABLE_ADAPTER", "postgresql"));
    example.replace(
        "app.yaml", entry("DATABASE_URL", "sqlite3:scores.sqlite3").replace("\"", ""), "");
    try (Child postgres = postgres(port);
        var machine = new Machine(example.manifests(), scratch.resolve("state"))) {
      Subscriber client = Subscriber.of(machine, http);
      awaitDoze(machine);
      int from = machine.child.lines().size();
      run(Map.of(), "psql", url, "-c", "NOTIFY \"cable:scores_finals\", '{\"row\":2}'");
      client.awaitMessage("{\"row\":2}");
      machine.child.awaitFrom(from, "waking cause=Broadcast");
      assertThat(client.closed).isNotDone();
      assertThat(postgres.process().isAlive()).isTrue();
    }
  }

  /** It refuses to be root. */
  private Child postgres(int port) throws Exception {
    Path data = Files.createDirectory(scratch.resolve("postgres"));
    Root.run("chown", "postgres", data.toString());
    String bin = newestPostgres().toString();
    var as = List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--");
    var init = List.of(bin + "/initdb", "-D", data.toString(), "-A", "trust", "--no-sync");
    run(Map.of(), Stream.concat(as.stream(), init.stream()).toArray(String[]::new));
    var server =
        List.of(bin + "/postgres", "-D", data.toString(), "-p", "" + port, "-h", "127.0.0.1", "-F");
    var more = List.of("-c", "unix_socket_directories=");
    Child postgres =
        Child.start(Map.of(), Stream.of(as, server, more).flatMap(List::stream).toList());
    postgres.await("ready to accept connections");
    return postgres;
  }

  /** Debian keeps its programs out of the PATH. */
  private static Path newestPostgres() throws IOException {
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      return versions.max(Path::compareTo).orElseThrow().resolve("bin");
    }
  }

  /** By 6 s without a ping a client of Action Cable connects anew. */
  @Test
  void itsClientsAreContentForAsLongAsItSleeps() throws Exception {
    CableExample example = example("after: 300ms", Map.of());
    try (var machine = new Machine(example.manifests(), scratch.resolve("state"));
        var node = CableExample.client(machine, Map.of());
        var browser = new Browser()) {
      var page = browser.open("page", "http://127.0.0.1:" + machine.port + "/");
      page.see("#state", "^live$");
      node.say(CableExample.FINALS);
      node.await("\"connected\"");
      Subscriber pinging = Subscriber.of(machine, http);
      long wakes = awaitDoze(machine);
      var size = Map.<String, Object>of("width", 1000, "height", 655);
      String admin = "http://127.0.0.1:" + machine.adminPort + "/";
      var live = browser.open("live", admin, size);
      live.see("[data-field=phase]", "^Dozing$").shot("6-live-dozing");
      for (int second = 0; second < DOZE_SECONDS; second++) {
        pinging.ping();
        Thread.sleep(1_000);
        assertThat(machine.phase("app")).as("%s", machine.child.lines()).isEqualTo("Dozing");
      }
      assertThat(machine.count("dormouse_doze_wakes_total", "")).isEqualTo(wakes);
      await("answers to its pings").atMost(LIMIT).until(() -> pinging.pongs.get() >= DOZE_SECONDS);
      example.publish("{\"heat\":1,\"score\":4711}");
      page.see("li", "^4711$");
      node.await("4711");
      pinging.awaitMessage("4711");
      assertThat(node.lines()).noneMatch(it -> it.contains("socket-close"));
      assertThat(pinging.closed).isNotDone();
      assertThat(machine.count("dormouse_doze_wakes_total", "cause=\"upgrade\"")).isZero();
    }
  }
}
