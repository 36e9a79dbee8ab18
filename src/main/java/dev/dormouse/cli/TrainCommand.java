package dev.dormouse.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code dormouse train}: makes the AOT cache (JEP 514) of {@code run} and {@code demo}, from what
 * a real {@code run} loads while it wakes, serves and stops a sample cable. The cache holds for
 * this Java runtime and these libraries only, so the release file of the runtime is kept beside it,
 * for the launcher to compare.
 */
@Command(
    name = "train",
    description = {
      "Makes the AOT cache anew, after the Java runtime was changed.",
      "With it, run starts in half the time and takes a third less memory."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:made",
      "1:it could not be made, or not be written; run then does without",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PIECE_BYTES = 16 * 1024;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws UserError, IOException, InterruptedException {
    Path home = home();
    Path cache = home.resolve("lib/dormouse.aot");
    Path release = home.resolve("lib/dormouse.aot.release");
    Path scratch = Files.createTempDirectory("dormouse-train");
    try {
      Files.deleteIfExists(cache);
      Files.deleteIfExists(release);
      Path made = scratch.resolve("dormouse.aot");
      rehearse(home, scratch, made);
      copyInPieces(made, cache);
      Files.copy(Path.of(System.getProperty("java.home"), "release"), release);
    } catch (IOException e) {
      throw new UserError("no cache: " + e);
    } finally {
      delete(scratch);
    }
    long megabytes = Files.size(cache) >> 20;
    spec.commandLine().getOut().println(cache + ": " + megabytes + " MB");
    return 0;
  }

  private static void rehearse(Path home, Path scratch, Path made)
      throws UserError, IOException, InterruptedException {
    var rehearsal = new AotTraining(scratch);
    Path log = scratch.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/dormouse").toString());
    command.addAll(rehearsal.arguments());
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("DORMOUSE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("DORMOUSE_JAVA_OPTS", "-XX:AOTCacheOutput=" + made);
    Process run = builder.start();
    try {
      rehearsal.perform(LIMIT, () -> isShell(run.pid()));
      run.destroy();
      if (!run.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || !Files.exists(made)) {
        throw new IOException("the rehearsal left none");
      }
    } catch (IOException e) {
      throw new UserError(e.getMessage() + "\n" + Files.readString(log));
    } finally {
      run.destroyForcibly();
    }
  }

  /** What java has become in a nap; false where that cannot be seen. */
  private static boolean isShell(long pid) {
    try {
      return !Files.readString(Path.of("/proc", Long.toString(pid), "comm")).equals("java\n");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * So that its pages stay small: what is written at once may be one huge page in the kernel's
   * cache, which counts as resident as a whole when a byte of it is read.
   */
  private static void copyInPieces(Path from, Path to) throws IOException {
    byte[] piece = new byte[PIECE_BYTES];
    try (InputStream in = Files.newInputStream(from);
        OutputStream out = Files.newOutputStream(to)) {
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        out.write(piece, 0, count);
      }
    }
  }

  /** The folder of {@code bin} and {@code lib}. */
  private static Path home() throws UserError {
    try {
      var jar = TrainCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path home = Path.of(jar).resolve("../..").normalize();
      if (Files.isExecutable(home.resolve("bin/dormouse"))) {
        return home;
      }
      throw new UserError(home + " is not where dormouse is installed");
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the jar is a file", e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> below = Files.walk(folder)) {
      for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
