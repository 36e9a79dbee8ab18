package dev.dormouse.siege;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Besieges a {@code dormouse run} with default flags, one kind after the other, then with all. */
public final class Siege {
  private static final int MOST_CLIENTS = 10_000;

  /** For those who are not hostile, and for all that is no client. */
  private static final int OTHER_CLIENTS = 400;

  private static final Duration AFTERWARDS =
      Duration.ofSeconds(Integer.getInteger("siege.afterwards", 60));
  private static final long MOST_KB = 130 * 1024;
  private static final double SLOWEST_ECHO_MILLIS = 100;

  private final Path home;
  private final Path scratch;
  private final String java;
  private final Duration length;
  private final int clients;

  private Siege(Path home, Path scratch, String java, Duration length, int clients) {
    this.home = home;
    this.scratch = scratch;
    this.java = java;
    this.length = length;
    this.clients = clients;
  }

  /** HOME SCRATCH JAVA SECONDS FILES [KIND...]; {@code mixed} is all of them at once. */
  public static void main(String[] arguments) throws Exception {
    var seconds = Duration.ofSeconds(Long.parseLong(arguments[3]));
    int files = arguments[4].equals("unlimited") ? 65_536 : Integer.parseInt(arguments[4]);
    int clients = Math.min(MOST_CLIENTS, files / 2 - OTHER_CLIENTS);
    if (clients < MOST_CLIENTS) {
      System.out.println(clients + " hostile clients: " + files + " open files are allowed\n");
    }
    var siege =
        new Siege(Path.of(arguments[0]), Path.of(arguments[1]), arguments[2], seconds, clients);
    List<String> names = new ArrayList<>(Arrays.asList(arguments).subList(5, arguments.length));
    if (names.isEmpty()) {
      Arrays.stream(Kind.values()).map(Kind::label).forEach(names::add);
      names.add("mixed");
    }
    System.out.println(
        "| kind | echo p99, worst (ms) | newcomer p99, worst (ms) | lost: newcomers, probes, cut |"
            + " RSS before, most, after (MB) | came | shed | |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    boolean held = true;
    for (String name : names) {
      List<Kind> kinds = name.equals("mixed") ? List.of(Kind.values()) : List.of(Kind.of(name));
      held &= siege.lay(name, kinds);
    }
    System.exit(held ? 0 : 1);
  }

  private boolean lay(String name, List<Kind> kinds) throws Exception {
    var listen = new InetSocketAddress("127.0.0.1", freePort());
    var admin = new InetSocketAddress("127.0.0.1", freePort());
    Process run = start(listen.getPort(), admin.getPort());
    Path status = Path.of("/proc/" + run.pid() + "/status");
    try {
      awaitReady(admin);
      try (var innocents = new Innocents(listen, admin)) {
        TimeUnit.SECONDS.sleep(15);
        clear(innocents);
        long before = kilobytes(status, "VmRSS:");
        long most = before;
        long came;
        try (var horde = new Horde(kinds, clients, listen, admin)) {
          long end = System.nanoTime() + length.toNanos();
          while (System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(100);
            most = Math.max(most, kilobytes(status, "VmRSS:"));
          }
          came = horde.came();
        }
        String line =
            String.format(
                Locale.ROOT,
                "| %s | %.1f, %.0f | %.1f, %.0f |",
                name,
                innocents.echoes.percentile(99),
                innocents.echoes.percentile(100),
                innocents.newcomers.percentile(99),
                innocents.newcomers.percentile(100));
        boolean fast = innocents.echoes.percentile(99) <= SLOWEST_ECHO_MILLIS;
        TimeUnit.NANOSECONDS.sleep(AFTERWARDS.toNanos());
        long after = kilobytes(status, "VmRSS:");
        int cut = innocents.bystandersCut.get();
        int newcomers = innocents.newcomersLost.get();
        int probes = innocents.probesLost.get();
        boolean held =
            fast
                && cut + newcomers + probes == 0
                && most <= MOST_KB
                && after <= before + before / 10;
        System.out.printf(
            Locale.ROOT,
            "%s %d, %d, %d | %.0f, %.0f, %.0f | %d | %s | %s |%n",
            line,
            newcomers,
            probes,
            cut,
            before / 1024.0,
            most / 1024.0,
            after / 1024.0,
            came,
            shed(admin),
            held ? "held" : "**missed**");
        return held;
      }
    } finally {
      run.destroy();
      if (!run.waitFor(30, TimeUnit.SECONDS)) {
        System.err.println("siege: " + name + ": TERM is not obeyed");
        run.destroyForcibly();
      }
    }
  }

  private static void clear(Innocents innocents) {
    innocents.echoes.clear();
    innocents.newcomers.clear();
    innocents.newcomersLost.set(0);
    innocents.probesLost.set(0);
  }

  private Process start(int listen, int admin) throws IOException {
    Path manifest = scratch.resolve("siege.yaml");
    Files.writeString(manifest, service("bystanders", "[{path: /echo}]", server()));
    String routes = "[{path: /hostile}, {path: /flood}, {path: /sink}, {path: /refuse}]";
    Files.writeString(
        manifest,
        "---\n"
            + service("strangers", routes, server())
            + "---\n"
            + service("never", "[{path: /never}]", "[sleep, '3600']"),
        StandardOpenOption.APPEND);
    var command =
        List.of(
            home.resolve("bin/dormouse").toString(),
            "run",
            "-f",
            manifest.toString(),
            "--listen",
            "127.0.0.1:" + listen,
            "--admin",
            "127.0.0.1:" + admin,
            "--state-dir",
            scratch.resolve("state-" + listen).toString());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(scratch.resolve("run.log").toFile())
        .start();
  }

  private String server() {
    return "["
        + String.join(
            ", ",
            java,
            "'-XX:+UseSerialGC'",
            "'-Xmx128m'",
            "'-cp'",
            System.getProperty("java.class.path"),
            Castle.class.getName(),
            "'$(PORT)'")
        + "]";
  }

  private static String service(String name, String routes, String command) {
    return """
    apiVersion: dormouse.dev/v1alpha1
    kind: OnDemandService
    metadata: {name: %s}
    spec:
      command: %s
      port: 0
      routes: %s
      startup: {timeout: 10m}
    """
        .formatted(name, command, routes);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void awaitReady(InetSocketAddress admin) throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      try {
        if (get(admin, "/readyz").startsWith("ok")) {
          return;
        }
      } catch (IOException e) {
        // Not yet.
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new IllegalStateException("siege: dormouse run does not become ready");
  }

  private static String get(InetSocketAddress admin, String path)
      throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.getPort() + path)).build();
      return client.send(request, BodyHandlers.ofString()).body();
    }
  }

  private static String shed(InetSocketAddress admin) throws IOException, InterruptedException {
    var shed = new TreeMap<String, Long>();
    get(admin, "/metrics")
        .lines()
        .filter(line -> line.startsWith("dormouse_shed_total{"))
        .forEach(
            line -> {
              String reason = line.substring(line.indexOf('"') + 1, line.lastIndexOf('"'));
              long count = (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
              if (count > 0) {
                shed.put(reason, count);
              }
            });
    return shed.toString().replaceAll("[{}]", "");
  }

  private static long kilobytes(Path status, String key) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
