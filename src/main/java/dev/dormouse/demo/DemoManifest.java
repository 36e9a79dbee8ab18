package dev.dormouse.demo;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The manifest of the sample cable: what a user would write, with this machine's paths. */
public final class DemoManifest {
  private static final List<String> SMALL_JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx32m", "-Xshare:auto");

  private static final String MANIFEST =
      """
      apiVersion: dormouse.dev/v1alpha1
      kind: OnDemandService
      metadata:
        namespace: default
        name: cable
      spec:
        command: COMMAND
        env:
          - name: BOOT_DELAY_MS
            value: "1500"
        port: 0
        path: /cable
        idleTimeout: 10s
        minimumUptime: 3s
        startup:
          timeout: 20s
        access:
          allowedOrigins: ORIGINS
      """;

  private DemoManifest() {}

  /**
   * An OnDemandService {@code default/cable} in YAML.
   *
   * @param pageOrigins the origins of the pages that may connect, such as {@code
   *     http://127.0.0.1:9090}; a browser names the page's origin, not the activator's
   */
  public static String yaml(Path javaBinary, String classPath, List<String> pageOrigins) {
    var command = new ArrayList<String>();
    command.add(javaBinary.toString());
    command.addAll(SMALL_JVM);
    command.addAll(List.of("-cp", classPath, SampleCable.class.getName()));
    command.replaceAll(word -> word.replace("$(", "$$("));
    return MANIFEST.replace("ORIGINS", list(pageOrigins)).replace("COMMAND", list(command));
  }

  /** A YAML flow sequence of double-quoted scalars: a JSON array is one. */
  private static String list(List<String> words) {
    return words.stream()
        .map(word -> '"' + new String(JsonStringEncoder.getInstance().quoteAsString(word)) + '"')
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
