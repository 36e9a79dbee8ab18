package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** System calls of a message, as strace counts them: what no load on the machine changes much. */
final class Calls {
  private static final int SOCKETS = 50;
  private static final int BYTES = 64;
  private static final int MILLIS = 3000;

  private Calls() {}

  static void measure(Lab lab, Map<Peer, Peer.Running> running, Report report)
      throws IOException, InterruptedException {
    var table =
        new Table(
            "System calls of a message there and back: %d sockets, %d bytes"
                .formatted(SOCKETS, BYTES),
            "",
            "calls",
            "messages");
    var calls = new Rounds();
    for (Peer peer : Peer.values()) {
      if (peer != Peer.DIRECT) {
        Count count = count(lab, running.get(peer));
        if (count.calls() == 0) {
          report.add(new Table("System calls: not measured, strace does not work here", ""));
          return;
        }
        calls.add(peer.label, count.calls() / count.messages());
        table.row(peer.label, count.calls() / count.messages(), count.messages());
      }
    }
    report.add(table);
    double ratio = calls.median(Peer.DORMOUSE.label) / calls.median(Peer.HAPROXY.label);
    report.must("system calls of a message, x HAProxy, <= 1.25", ratio, ratio <= 1.25);
  }

  private record Count(double calls, double messages) {}

  /** The connects of the load generator count as well: some thousandths. */
  private static Count count(Lab lab, Peer.Running running)
      throws IOException, InterruptedException {
    Path summary = lab.scratch().resolve("strace-" + running.peer());
    var command = List.of("strace", "-c", "-f", "-o", summary.toString(), "-p", pids(running));
    Process strace;
    try {
      strace =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return new Count(0, 0);
    }
    Thread.sleep(1000);
    double messages =
        lab.load("echo", running.port(), SOCKETS, BYTES, 100, MILLIS).getOrDefault("all", 0.0);
    strace.destroy();
    boolean ended = strace.waitFor(10, TimeUnit.SECONDS);
    return new Count(ended && Files.exists(summary) ? total(summary) : 0, messages);
  }

  /** Of the proxy and its workers. Dormouse's children are the services that it runs. */
  private static String pids(Peer.Running running) {
    ProcessHandle proxy = ProcessHandle.of(running.proxy().pid()).orElseThrow();
    Stream<ProcessHandle> workers =
        running.peer() == Peer.DORMOUSE ? Stream.of() : proxy.descendants();
    return Stream.concat(Stream.of(proxy), workers)
        .map(it -> Long.toString(it.pid()))
        .collect(Collectors.joining(","));
  }

  /** {@code 100.00 seconds usecs/call calls [errors] total}. */
  private static double total(Path summary) throws IOException {
    try (Stream<String> lines = Files.lines(summary)) {
      return lines
          .filter(line -> line.endsWith(" total"))
          .mapToDouble(line -> Double.parseDouble(line.strip().split("\\s+")[3]))
          .findFirst()
          .orElse(0);
    }
  }
}
