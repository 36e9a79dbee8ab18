package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The silent WebSocket server of {@code src/test/perl}, as a service and as processes. */
final class EchoServer {
  static final Path SCRIPT =
      Path.of(System.getProperty("dormouse.basedir"), "src/test/perl/echo.pl");

  private EchoServer() {}

  /**
   * A service that runs it on a free port and may sleep as soon as it is ready.
   *
   * @param arguments separated by spaces; the first is the word by which it is found
   * @param more lines of the spec, indented by two
   */
  static String service(String name, String arguments, String more) {
    String port = more.contains("port:") ? "" : "  port: 0\n";
    return """
    apiVersion: dormouse.dev/v1alpha1
    kind: OnDemandService
    metadata: {name: NAME}
    spec:
      command: [perl, SCRIPT, ARGUMENTS]
      minimumUptime: 0s
    """
            .replace("NAME", name)
            .replace("SCRIPT", SCRIPT.toString())
            .replace(
                "ARGUMENTS", arguments.strip().replaceAll("(\\S+)", "\"$1\"").replace(" ", ", "))
        + port
        + more;
  }

  /** Those that were given this word. Not the dead: whoever inherits them may be slow to reap. */
  static List<ProcessHandle> running(String word) {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().arguments().stream().flatMap(Arrays::stream).anyMatch(word::equals))
        .toList();
  }

  /** The only one. */
  static ProcessHandle only(String word) {
    List<ProcessHandle> all = running(word);
    assertThat(all).hasSize(1);
    return all.getFirst();
  }
}
