package dev.dormouse.e2e;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** All that one Dormouse of a soak has logged. */
record SoakLog(List<String> lines) {
  /** The lines of stops that nobody caused but idleness. */
  Stream<String> idleStops() {
    return IntStream.range(0, lines.size())
        .filter(i -> lines.get(i).contains("active -> stopping connections="))
        .filter(i -> !isCrash(i))
        .mapToObj(lines::get);
  }

  /** What may not be in it. */
  List<String> wrongs() {
    return Stream.concat(
            idleStops()
                .filter(line -> !line.endsWith("connections=0"))
                .map(line -> "an idle stop with sockets: " + line),
            lines.stream()
                .filter(line -> line.contains(" ERROR ") || line.contains("Exception"))
                .map(line -> "in the log: " + line))
        .toList();
  }

  /** What was killed is stopping, too, until all that is left of it has been swept up. */
  private boolean isCrash(int stopping) {
    String service = lines.get(stopping).replaceAll(".*(service=\\S+ ).*", "$1");
    return lines.stream()
        .skip(stopping + 1L)
        .filter(line -> line.contains(service + "stopping -> "))
        .findFirst()
        .filter(line -> line.contains("reason=CRASHED"))
        .isPresent();
  }
}
