package dev.dormouse.admin.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Counts of an earlier process, which those of this one are added to. A series is its name and its
 * labels, a count a row of numbers: the value, or the sum and the buckets.
 */
final class CarriedCounts {
  private static final String SEPARATOR = "\u001f";

  private final Map<String, double[]> before;

  private CarriedCounts(Map<String, double[]> before) {
    this.before = before;
  }

  static CarriedCounts none() {
    return new CarriedCounts(Map.of());
  }

  /** Those that {@link #texts} told. */
  static CarriedCounts of(Map<String, String> texts) {
    Map<String, double[]> before = new HashMap<>();
    texts.forEach(
        (series, row) ->
            before.put(
                series, Stream.of(row.split(" ", -1)).mapToDouble(Double::parseDouble).toArray()));
    return new CarriedCounts(before);
  }

  /** All of these, and those before. */
  MetricSnapshots with(MetricSnapshots now) {
    return before.isEmpty() ? now : new MetricSnapshots(now.stream().map(this::with).toList());
  }

  /** The counts among these metrics. */
  static Map<String, String> texts(MetricSnapshots of) {
    Map<String, String> texts = new HashMap<>();
    for (MetricSnapshot metric : of) {
      String name = metric.getMetadata().getName();
      for (DataPointSnapshot point : metric.getDataPoints()) {
        double[] row = row(point);
        if (row.length > 0) {
          texts.put(series(name, point.getLabels()), text(row));
        }
      }
    }
    return texts;
  }

  private MetricSnapshot with(MetricSnapshot metric) {
    return switch (metric) {
      case CounterSnapshot counter -> with(counter);
      case HistogramSnapshot histogram -> with(histogram);
      default -> metric;
    };
  }

  private CounterSnapshot with(CounterSnapshot counter) {
    String name = counter.getMetadata().getName();
    List<CounterDataPointSnapshot> points = new ArrayList<>();
    for (var entry : rows(name, counter.getDataPoints()).entrySet()) {
      points.add(new CounterDataPointSnapshot(entry.getValue()[0], entry.getKey(), null, 0L));
    }
    return new CounterSnapshot(counter.getMetadata(), points);
  }

  private HistogramSnapshot with(HistogramSnapshot histogram) {
    String name = histogram.getMetadata().getName();
    List<HistogramDataPointSnapshot> points = new ArrayList<>();
    for (var entry : rows(name, histogram.getDataPoints()).entrySet()) {
      double[] row = entry.getValue();
      double[] bounds = new double[(row.length - 1) / 2];
      Number[] counts = new Number[bounds.length];
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = row[1 + 2 * i];
        counts[i] = (long) row[2 + 2 * i];
      }
      points.add(
          new HistogramDataPointSnapshot(
              ClassicHistogramBuckets.of(Arrays.stream(bounds).boxed().toList(), List.of(counts)),
              row[0],
              entry.getKey(),
              null,
              0L));
    }
    return new HistogramSnapshot(histogram.getMetadata(), points);
  }

  /** By labels; a series of before that has not been counted since is there, too. */
  private Map<Labels, double[]> rows(String name, List<? extends DataPointSnapshot> points) {
    Map<Labels, double[]> rows = new HashMap<>();
    points.forEach(point -> rows.put(point.getLabels(), row(point)));
    String prefix = name + SEPARATOR;
    before.forEach(
        (series, row) -> {
          if (series.startsWith(prefix)) {
            rows.merge(labels(series), row, CarriedCounts::sum);
          }
        });
    return rows;
  }

  /** Of a value; or of a sum, and of each bucket its bound and count. */
  private static double[] row(DataPointSnapshot point) {
    return switch (point) {
      case CounterDataPointSnapshot counter -> new double[] {counter.getValue()};
      case HistogramDataPointSnapshot histogram -> {
        ClassicHistogramBuckets buckets = histogram.getClassicBuckets();
        double[] row = new double[1 + 2 * buckets.size()];
        row[0] = histogram.getSum();
        for (int i = 0; i < buckets.size(); i++) {
          row[1 + 2 * i] = buckets.getUpperBound(i);
          row[2 + 2 * i] = buckets.getCount(i);
        }
        yield row;
      }
      default -> new double[0];
    };
  }

  /** Buckets that a new version has drawn otherwise are counted from now. */
  private static double[] sum(double[] now, double[] before) {
    if (now.length != before.length) {
      return now;
    }
    double[] sum = now.clone();
    sum[0] += before[0];
    for (int i = 2; i < sum.length; i += 2) {
      sum[i] += before[i];
    }
    return sum;
  }

  private static String text(double[] row) {
    var text = new StringBuilder();
    for (double number : row) {
      text.append(text.isEmpty() ? "" : " ").append(number);
    }
    return text.toString();
  }

  private static String series(String name, Labels labels) {
    var series = new StringBuilder(name);
    labels.forEach(
        it ->
            series.append(SEPARATOR).append(it.getName()).append(SEPARATOR).append(it.getValue()));
    return series.append(SEPARATOR).toString();
  }

  private static Labels labels(String series) {
    String[] parts = series.split(SEPARATOR, -1);
    List<String> pairs = new ArrayList<>(List.of(parts).subList(1, parts.length - 1));
    return Labels.of(pairs.toArray(String[]::new));
  }
}
