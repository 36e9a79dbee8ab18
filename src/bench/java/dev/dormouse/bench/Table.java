package dev.dormouse.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Rows under a headline, as Markdown that is readable as it is. */
final class Table {
  private final String title;
  private final List<List<String>> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  Table(String title, String... headline) {
    this.title = title;
    rows.add(List.of(headline));
  }

  void row(Object... cells) {
    rows.add(Arrays.stream(cells).map(Table::text).toList());
  }

  void note(String text) {
    notes.add(text);
  }

  private static String text(Object cell) {
    if (cell instanceof Double number) {
      String format = Math.abs(number) >= 100 ? "%,.0f" : Math.abs(number) >= 10 ? "%.1f" : "%.2f";
      return Double.isNaN(number) ? "-" : String.format(Locale.ROOT, format, number);
    }
    return cell.toString();
  }

  @Override
  public String toString() {
    var text = new StringBuilder("### ").append(title).append("\n\n");
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (int r = 0; r < rows.size(); r++) {
      text.append('|');
      for (int i = 0; i < columns; i++) {
        String cell = rows.get(r).get(i);
        String pad = " ".repeat(widths[i] - cell.length());
        text.append(' ').append(i == 0 ? cell + pad : pad + cell).append(" |");
      }
      text.append('\n');
      if (r == 0) {
        text.append('|');
        for (int i = 0; i < columns; i++) {
          text.append('-').append("-".repeat(widths[i])).append(i == 0 ? "-|" : ":|");
        }
        text.append('\n');
      }
    }
    notes.forEach(note -> text.append('\n').append(note).append('\n'));
    return text.toString();
  }
}
