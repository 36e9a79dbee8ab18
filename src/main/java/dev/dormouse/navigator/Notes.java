package dev.dormouse.navigator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What cannot be taken over, by line. */
final class Notes {
  private final String file;
  private final List<Note> notes = new ArrayList<>();

  private record Note(int line, String text) {}

  Notes(String file) {
    this.file = file;
  }

  void add(Node where, String what) {
    notes.add(new Note(where.line(), (where.path().isEmpty() ? "" : where.path() + ": ") + what));
  }

  List<String> inOrder() {
    return notes.stream()
        .sorted(Comparator.comparingInt(Note::line))
        .map(it -> file + ":" + it.line() + ": " + it.text())
        .distinct()
        .toList();
  }
}
