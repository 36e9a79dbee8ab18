package dev.dormouse.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process that is ours to end. */
final class Server implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final Thread atAnEarlyEnd;

  private Server(Process process) {
    this.process = process;
    this.output = process.inputReader();
    this.atAnEarlyEnd = new Thread(process::destroy);
    Runtime.getRuntime().addShutdownHook(atAnEarlyEnd);
  }

  /** Standard error goes to the file; standard output can be read, or follows it. */
  static Server start(List<String> command, Map<String, String> env, Path log) throws IOException {
    var builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    if (!log.endsWith("load.log")) {
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    }
    builder.environment().putAll(env);
    return new Server(builder.start());
  }

  long pid() {
    return process.pid();
  }

  /** The {@code key=value} of its next line. */
  Map<String, Double> answer() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("the load generator ended without an answer");
    }
    var values = new TreeMap<String, Double>();
    for (String word : line.split(" ")) {
      int equals = word.indexOf('=');
      values.put(word.substring(0, equals), Double.valueOf(word.substring(equals + 1)));
    }
    return values;
  }

  /** Ends a load generator that holds its sockets. */
  void release() throws IOException, InterruptedException {
    process.outputWriter().append('\n').flush();
    process.waitFor(20, TimeUnit.SECONDS);
  }

  /** In kB: a line of /proc/PID/status, or else of smaps_rollup; of all its workers, too. */
  long memory(String key, boolean withChildren) throws IOException {
    long sum = memory(process.pid(), key);
    for (ProcessHandle child :
        withChildren ? process.descendants().toList() : List.<ProcessHandle>of()) {
      sum += memory(child.pid(), key);
    }
    return sum;
  }

  private static long memory(long pid, String key) throws IOException {
    String file = key.equals("Pss:") ? "smaps_rollup" : "status";
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (NoSuchFileException e) {
      return 0; // it has just ended
    }
  }

  /** User and system time, in milliseconds; of all its workers, too. */
  long cpuMillis(boolean withChildren) throws IOException {
    long sum = cpuMillis(process.pid());
    for (ProcessHandle child :
        withChildren ? process.descendants().toList() : List.<ProcessHandle>of()) {
      sum += cpuMillis(child.pid());
    }
    return sum;
  }

  /** The same of any process. */
  static long cpuMillis(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return 10 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12]));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(15, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      Runtime.getRuntime().removeShutdownHook(atAnEarlyEnd);
    } catch (IllegalStateException e) {
      // It is the early end.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
