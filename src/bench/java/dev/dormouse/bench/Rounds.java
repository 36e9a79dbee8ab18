package dev.dormouse.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Measurements of one thing in several rounds; the median stands for them. */
final class Rounds {
  private final Map<String, List<Double>> values = new TreeMap<>();

  void add(Map<String, Double> round) {
    round.forEach((key, value) -> values.computeIfAbsent(key, _ -> new ArrayList<>()).add(value));
  }

  void add(String key, double value) {
    add(Map.of(key, value));
  }

  int count(String key) {
    return values.getOrDefault(key, List.of()).size();
  }

  double median(String key) {
    return part(key, 0.5);
  }

  /** The value that this part of all do not exceed. */
  double part(String key, double part) {
    List<Double> sorted = values.getOrDefault(key, List.of()).stream().sorted().toList();
    if (sorted.isEmpty()) {
      return Double.NaN;
    }
    return sorted.get(
        (int) Math.min(sorted.size() - 1, Math.max(0, Math.ceil(part * sorted.size()) - 1)));
  }
}
