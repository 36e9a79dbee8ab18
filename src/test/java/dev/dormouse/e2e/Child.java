package dev.dormouse.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A real process whose output is kept and can be waited for. */
final class Child implements AutoCloseable {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Path HOME = Path.of(System.getProperty("dormouse.home"));

  /** Generous: the machine may be busy, and what comes is not waited for any longer. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Process process;
  private boolean isOutlived;
  private final List<String> lines = new ArrayList<>();
  private final Thread reader;
  private boolean ended;

  private Child(Process process) {
    this.process = process;
    this.reader = Thread.ofVirtual().start(this::read);
  }

  /** Starts a program in the repository's root; standard error joins standard output. */
  static Child start(Map<String, String> env, List<String> command) {
    var builder = new ProcessBuilder(command).directory(BASE.toFile()).redirectErrorStream(true);
    builder.environment().putAll(env);
    try {
      return new Child(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts {@code bin/dormouse} as it was built. */
  static Child dormouse(String... arguments) {
    return dormouse(Map.of(), arguments);
  }

  /** The same with more environment. */
  static Child dormouse(Map<String, String> env, String... arguments) {
    return dormouse(List.of(), env, arguments);
  }

  /** The same by another command, whose last arguments it becomes. */
  static Child dormouse(List<String> starter, Map<String, String> env, String... arguments) {
    var command = new ArrayList<>(starter);
    command.add(HOME.resolve("bin/dormouse").toString());
    command.addAll(List.of(arguments));
    return start(env, command);
  }

  /**
   * Starts {@code dormouse run} on ports of its own, which must refuse to go on.
   *
   * @return what it says of its end; warnings about manifests come before
   */
  static List<String> refusal(Path manifests, Path stateDir) throws InterruptedException {
    try (var child =
        dormouse(
            "run",
            "-f",
            manifests.toString(),
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--state-dir",
            stateDir.toString())) {
      assertThat(child.process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(child.process.exitValue()).isEqualTo(1);
      child.awaitEnd();
      return child.lines().stream().filter(line -> line.startsWith("dormouse: ")).toList();
    }
  }

  /** Starts one of the clients under {@code src/test/node}. */
  static Child node(Map<String, String> env, String script, String... arguments) {
    var command =
        new ArrayList<>(List.of("node", BASE.resolve("src/test/node/" + script).toString()));
    command.addAll(List.of(arguments));
    return start(env, command);
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
      }
    } catch (IOException e) {
      synchronized (lines) {
        lines.add("(output ended: " + e.getMessage() + ")");
      }
    } finally {
      synchronized (lines) {
        ended = true;
        lines.notifyAll();
      }
    }
  }

  long pid() {
    return process.pid();
  }

  Process process() {
    return process;
  }

  /** All output so far. */
  List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** Writes a line to its standard input. */
  void say(String line) {
    try {
      process.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The first line at or after {@code from} that matches; fails after {@code limit}, or as soon as
   * no more will come because the program has ended.
   */
  String await(String what, Predicate<String> wanted, int from, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (lines) {
      for (int next = from; ; ) {
        for (; next < lines.size(); next++) {
          if (wanted.test(lines.get(next))) {
            return lines.get(next);
          }
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (ended || left <= 0) {
          String until = ended ? " until it ended" : " within " + limit;
          return fail("no " + what + until + " in:\n" + String.join("\n", lines));
        }
        try {
          lines.wait(left);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** The first line with this text. */
  String await(String text) {
    return await("'" + text + "'", line -> line.contains(text), 0, LIMIT);
  }

  /** The first line with this text from the line numbered {@code from} on. */
  String awaitFrom(int from, String text) {
    return await("'" + text + "'", line -> line.contains(text), from, LIMIT);
  }

  /** Returns when all it will ever print has been read. */
  void awaitEnd() throws InterruptedException {
    reader.join();
  }

  /**
   * TERM; its exit code. It is heard to its end: {@link Process#destroy} would close its output.
   */
  int terminate() {
    process.toHandle().destroy();
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        return fail("did not end:\n" + String.join("\n", lines()));
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What it starts outlives it, and is ended by whoever takes it over. */
  Child outlived() {
    isOutlived = true;
    return this;
  }

  /**
   * TERM, and the end of it and of all that it had started: nobody writes in the test's directory
   * any more. What does not end is killed.
   */
  @Override
  public void close() {
    Stream<ProcessHandle> others = isOutlived ? Stream.empty() : process.descendants();
    var family = Stream.concat(others, Stream.of(process.toHandle())).toList();
    process.toHandle().destroy();
    family.forEach(Child::awaitEnd);
  }

  private static void awaitEnd(ProcessHandle member) {
    try {
      Awaitility.await().atMost(LIMIT).until(() -> hasEnded(member.pid()));
    } catch (ConditionTimeoutException e) {
      member.destroyForcibly();
      Awaitility.await().atMost(LIMIT).until(() -> hasEnded(member.pid()));
    }
  }

  /** A zombie has: where the first process of a machine reaps nobody soon, it may stay for long. */
  static boolean hasEnded(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), ISO_8859_1);
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return true;
    }
  }
}
