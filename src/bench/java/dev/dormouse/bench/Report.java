package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What was measured: tables, bars, and which musts were missed. */
final class Report {
  private final Path folder;
  private final StringBuilder text = new StringBuilder();
  private final List<String> missed = new ArrayList<>();
  private int plots;

  Report(Path folder, String preface) {
    this.folder = folder;
    text.append("# Dormouse beside its peers\n\n").append(preface).append('\n');
  }

  /** Shows it at once, too. */
  void add(Table table) throws IOException {
    System.out.println(table);
    text.append('\n').append(table);
    Files.writeString(folder.resolve("report.md"), text.toString());
  }

  /** Horizontal bars, the longest as long as the picture allows. */
  void plot(String title, String unit, Map<String, Double> values) throws IOException {
    String name = "plot-" + ++plots + ".svg";
    Files.writeString(folder.resolve(name), svg(title, unit, values));
    text.append("\n![").append(title).append("](").append(name).append(")\n");
    Files.writeString(folder.resolve("report.md"), text.toString());
  }

  /** A must of DESIGN.md, as a ratio to a peer or as a size: never a time of this machine alone. */
  void must(String what, double value, boolean reached) throws IOException {
    if (!reached) {
      missed.add("%s: %.2f".formatted(what, value));
    }
    String line = "%s must: %s: %.2f".formatted(reached ? "reached" : "MISSED ", what, value);
    System.out.println(line + "\n");
    text.append("\n- ").append(line).append('\n');
    Files.writeString(folder.resolve("report.md"), text.toString());
  }

  List<String> missed() {
    return missed;
  }

  private static String svg(String title, String unit, Map<String, Double> values) {
    double most = values.values().stream().mapToDouble(it -> it).max().orElse(1);
    var svg = new StringBuilder();
    int height = 40 + 26 * values.size();
    svg.append(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"%d\" "
                .formatted(height))
        .append("font-family=\"sans-serif\" font-size=\"13\">\n")
        .append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n")
        .append(
            "<text x=\"8\" y=\"20\" font-weight=\"bold\">%s (%s)</text>\n".formatted(title, unit));
    int y = 34;
    for (Map.Entry<String, Double> bar : values.entrySet()) {
      double width = 400 * bar.getValue() / most;
      String colour = bar.getKey().startsWith("Dormouse") ? "#b5651d" : "#8fa3b0";
      svg.append(
              "<text x=\"110\" y=\"%d\" text-anchor=\"end\">%s</text>"
                  .formatted(y + 15, bar.getKey()))
          .append(
              "<rect x=\"116\" y=\"%d\" width=\"%.1f\" height=\"20\" fill=\"%s\"/>"
                  .formatted(y, width, colour))
          .append(
              "<text x=\"%.1f\" y=\"%d\">%,.1f</text>\n"
                  .formatted(122 + width, y + 15, bar.getValue()));
      y += 26;
    }
    return svg.append("</svg>\n").toString();
  }
}
