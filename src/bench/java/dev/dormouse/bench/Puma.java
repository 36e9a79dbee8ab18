package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The example action-cable under {@code dormouse run}: a real Puma with its Redis. */
final class Puma implements AutoCloseable {
  private static final List<String> PROGRAMS = List.of("puma", "redis-server");

  private final Lab lab;
  private final Path folder;
  private final int port = Lab.freePort();

  private Puma(Lab lab, String activation, String sleep) throws IOException {
    this.lab = lab;
    this.folder = Files.createDirectories(lab.scratch().resolve("cable-" + port));
    String cable = Integer.toString(Lab.freePort());
    String redis = Integer.toString(Lab.freePort());
    Path example = Path.of("manifests/examples/action-cable");
    try (Stream<Path> files = Files.list(example)) {
      for (Path file : files.toList()) {
        String text =
            Files.readString(file)
                .replace("28080", cable)
                .replace("26380", redis)
                .replaceAll("idleTimeout: .*", "idleTimeout: 200ms\n  sleep: " + sleep)
                .replaceAll("minimumUptime: .*", "minimumUptime: 0s");
        boolean isCable = file.endsWith("cable.yaml");
        text = isCable ? text.replace("spec:", "spec:\n  activation: " + activation) : text;
        Files.writeString(folder.resolve(file.getFileName().toString()), text);
      }
    }
  }

  static Optional<Puma> find(Lab lab) throws IOException {
    return installed() ? Optional.of(new Puma(lab, "OnDemand", "Stop")) : Optional.empty();
  }

  static boolean installed() {
    String[] folders = System.getenv("PATH").split(":");
    return PROGRAMS.stream()
        .allMatch(it -> Stream.of(folders).anyMatch(in -> Files.isExecutable(Path.of(in, it))));
  }

  /** What runs, and how long it took. */
  Table wakes(int count) throws IOException, InterruptedException {
    var table =
        new Table("A wake of Puma with Action Cable: upgrade -> welcome, in ms", "", "p50", "most");
    var stop = new Rounds();
    try (Server dormouse = start()) {
      for (int i = 0; i < count && dormouse.pid() > 0; i++) {
        stop.add("ms", Knock.millis(Knock.untilWelcome(port).welcomeNanos()));
        Thread.sleep(1500);
      }
    }
    table.row("sleep: Stop (a boot)", stop.median("ms"), stop.part("ms", 1));
    freeze(count, table);
    return table;
  }

  private void freeze(int count, Table table) throws IOException, InterruptedException {
    try (Swap swap = Swap.on(lab).orElse(null)) {
      if (swap == null) {
        table.note("sleep: Freeze: not measured, no swap.");
      } else {
        thaws(count, table);
      }
    }
  }

  private void thaws(int count, Table table) throws IOException, InterruptedException {
    var thaw = new Rounds();
    Path caches = Path.of("/proc/sys/vm/drop_caches");
    try (Puma frozen = new Puma(lab, "OnDemand", "Freeze");
        Server dormouse = frozen.start()) {
      for (int i = 0; i <= 2 * count && dormouse.pid() > 0; i++) {
        boolean cold = i > 0 && i % 2 == 0 && Files.isWritable(caches);
        if (cold) {
          Files.writeString(caches, "3\n");
        }
        double before = swappedIn();
        double millis = Knock.millis(Knock.untilWelcome(frozen.port).welcomeNanos());
        if (i > 0) {
          thaw.add(cold ? "cold" : "cached", millis);
          thaw.add("pages", swappedIn() - before);
        }
        Thread.sleep(2500);
      }
    }
    table.note(
        "Read from swap in a thaw: %.0f pages (median). Cached, dropped: the pages of files."
            .formatted(thaw.median("pages")));
    table.row("sleep: Freeze, pages cached", thaw.median("cached"), thaw.part("cached", 1));
    table.row("sleep: Freeze, pages dropped", thaw.median("cold"), thaw.part("cold", 1));
  }

  /** Pages, since boot. */
  private static double swappedIn() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/vmstat"))) {
      return lines
          .filter(line -> line.startsWith("pswpin "))
          .mapToDouble(line -> Double.parseDouble(line.substring("pswpin ".length())))
          .sum();
    }
  }

  Server start(String... more) throws IOException, InterruptedException {
    String home = lab.dormouseHome().resolve("bin/dormouse").toString();
    String state = Files.createDirectories(lab.scratch().resolve("state-" + port)).toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                home,
                "run",
                "-f",
                folder.toString(),
                "--listen",
                "127.0.0.1:" + port,
                "--admin",
                "127.0.0.1:" + Lab.freePort(),
                "--state-dir",
                state));
    command.addAll(List.of(more));
    Server server = lab.start("puma", command, Map.of());
    Lab.awaitPort(port);
    Thread.sleep(1000); // Redis
    return server;
  }

  int port() {
    return port;
  }

  /** One that never sleeps. */
  static Puma always(Lab lab) throws IOException {
    return new Puma(lab, "Always", "Stop");
  }

  static Puma frozen(Lab lab) throws IOException {
    return new Puma(lab, "OnDemand", "Freeze");
  }

  /** Its state stays in the scratch folder. */
  @Override
  public void close() {}
}
