package dev.dormouse.admin.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.admin.Passes;
import dev.dormouse.admin.Views;
import dev.dormouse.budget.Budget;
import dev.dormouse.control.ServiceView;
import dev.dormouse.core.Action;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.StopReason;
import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a scraper reads, parsed line by line. */
class MetricsTest {
  private static final ServiceId CABLE = new ServiceId("default", "cable");
  private static final Pattern SAMPLE = Pattern.compile("([a-z_]+)(?:\\{(.*)})? ([-+.0-9A-Za-z]+)");
  private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

  private final MutableClock clock = new MutableClock();
  private final Metrics metrics = new Metrics("1.2.3", clock, new Budget(Budget.Limits.none()));

  @Test
  void tellsThePhaseAsOneOfAll() {
    var text = scrape(Views.waking("cable", Passes.NOW));
    for (Phase phase : Phase.values()) {
      assertThat(text.value("dormouse_service_phase", cable("phase", phase.word())))
          .isEqualTo(phase == Phase.WAKING ? 1 : 0);
    }
    assertThat(text.types).containsEntry("dormouse_service_phase", "gauge");
  }

  @Test
  void tellsOfTheLoopThatRunsPassesWhereThereIsOne() {
    assertThat(scrape(Views.waking("cable", Passes.NOW)).types)
        .doesNotContainKey("dormouse_passes_waiting");
    var loop = metrics.loop();
    loop.waiting(() -> 7);
    loop.ran(Duration.ofMillis(30), true);
    loop.ran(Duration.ofMillis(30), false);
    var text = scrape(Views.waking("cable", Passes.NOW));
    assertThat(text.value("dormouse_passes_waiting", Map.of())).isEqualTo(7);
    assertThat(text.value("dormouse_pass_seconds_count", Map.of("outcome", "failed"))).isEqualTo(1);
  }

  @Test
  void tellsDemandAndMemoryOfAServiceThatIsAwake() {
    var text = scrape(Views.awake("cable", 37, Passes.NOW));
    assertThat(text.value("dormouse_service_connections", cable())).isEqualTo(37);
    assertThat(text.value("dormouse_service_waiting", cable())).isZero();
    assertThat(text.value("dormouse_service_memory_bytes", cable()))
        .isEqualTo((long) (137.8 * Views.MB));
    assertThat(text.value("dormouse_service_saved_bytes", cable())).isZero();
    assertThat(text.value("dormouse_service_ready", cable())).isEqualTo(1);
    assertThat(text.value("dormouse_service_epoch", cable())).isEqualTo(4);
  }

  @Test
  void tellsWhatSleepSavesNowAndOverTime() {
    var asleep = Views.asleep("cable", Passes.NOW);
    metrics.savings().measured(List.of(asleep), OptionalLong.of(40 * Views.MB));
    clock.advance(Duration.ofSeconds(10));
    var text = scrape(asleep);
    assertThat(text.value("dormouse_service_saved_bytes", cable())).isEqualTo(138 * Views.MB);
    assertThat(text.value("dormouse_service_awake_memory_bytes", cable()))
        .isEqualTo(138 * Views.MB);
    assertThat(text.value("dormouse_service_saved_byte_seconds_total", cable()))
        .isEqualTo(1380 * Views.MB);
    assertThat(text.value("dormouse_process_proportional_memory_bytes", Map.of()))
        .isEqualTo(40 * Views.MB);
    assertThat(text.value("dormouse_process_byte_seconds_total", Map.of()))
        .isEqualTo(400 * Views.MB);
    metrics.savings().measured(List.of(Views.unborn("newborn")), OptionalLong.empty());
    assertThat(scrape(Views.unborn("newborn")).samples)
        .as("nobody knows yet")
        .doesNotContainKeys("dormouse_service_saved_bytes", "dormouse_service_awake_memory_bytes");
  }

  @Test
  void tellsOfFailuresInARowAndTheBreaker() {
    var failed = scrape(Views.failed("cable", Passes.NOW, List.of()));
    assertThat(failed.value("dormouse_service_failures", cable())).isEqualTo(3);
    assertThat(failed.value("dormouse_service_breaker_open", cable())).isZero();
  }

  @Test
  void tellsWhetherAndWhenTheManifestsWereReadAnew() {
    assertThat(scrape().value("dormouse_config_valid", Map.of())).isEqualTo(1);
    metrics.configured(false);
    var text = scrape();
    assertThat(text.value("dormouse_config_valid", Map.of())).isZero();
    assertThat(text.value("dormouse_config_reloads_total", Map.of("outcome", "mistakes")))
        .isEqualTo(1);
    assertThat(text.value("dormouse_config_last_reload_timestamp_seconds", Map.of()))
        .isBetween(1.7e9, 1e11);
  }

  @Test
  void forgetsAServiceThatIsGone() {
    scrape(Views.awake("cable", 37, Passes.NOW));
    assertThat(scrape().samples).doesNotContainKey("dormouse_service_connections");
  }

  @Test
  @Tag("D5")
  void countsEachFailureOnceUnderItsReason() {
    var exited = Passes.failed(FailureReason.EXITED, 1, Optional.empty());
    var timedOut = Passes.failed(FailureReason.TIMED_OUT, 2, Optional.empty());
    metrics.passed(CABLE, Passes.waking(), Passes.keep(), exited);
    metrics.passed(CABLE, exited, Passes.keep(), exited);
    metrics.passed(CABLE, Passes.waking(), Passes.keep(), timedOut);
    metrics.passed(CABLE, timedOut, Passes.keep(), Passes.at(Phase.DORMANT));
    var text = scrape();
    for (String reason : List.of("exited", "timed_out")) {
      assertThat(text.value("dormouse_start_failures_total", cable("reason", reason))).isEqualTo(1);
    }
  }

  @Test
  void countsAWakeOnceWhenItIsReadyAndHowLongItTook() {
    var ready = Passes.awakeAfter(Duration.ofMillis(487));
    metrics.passed(
        CABLE, Passes.at(Phase.DORMANT), Passes.doing(new Action.Start()), Passes.waking());
    metrics.passed(CABLE, Passes.waking(), Passes.keep(), ready);
    metrics.passed(CABLE, ready, Passes.keep(), ready);

    var text = scrape();

    assertThat(text.value("dormouse_wakes_total", cable("reason", "Upgrade", "outcome", "ready")))
        .isEqualTo(1);
    assertThat(text.types)
        .containsEntry("dormouse_wakes_total", "counter")
        .containsEntry("dormouse_wake_seconds", "histogram");
    assertThat(text.value("dormouse_wake_seconds_count", cable())).isEqualTo(1);
    assertThat(text.value("dormouse_wake_seconds_sum", cable())).isEqualTo(0.487);
    assertThat(text.value("dormouse_wake_seconds_bucket", cable("le", "0.005"))).isZero();
    assertThat(text.value("dormouse_wake_seconds_bucket", cable("le", "0.25"))).isZero();
    assertThat(text.value("dormouse_wake_seconds_bucket", cable("le", "0.5"))).isEqualTo(1);
    assertThat(text.value("dormouse_wake_seconds_bucket", cable("le", "60.0"))).isEqualTo(1);
  }

  @Test
  void tellsAFailedWakeFromOneThatTimedOutAndFromACrash() {
    var stillborn = Passes.failed(FailureReason.EXITED, 1, Optional.empty());
    metrics.passed(CABLE, Passes.waking(), Passes.keep(), stillborn);
    metrics.passed(CABLE, stillborn, Passes.keep(), stillborn);
    metrics.passed(
        CABLE,
        Passes.at(Phase.STOPPING),
        Passes.keep(),
        Passes.failed(FailureReason.TIMED_OUT, 2, Optional.empty()));
    var latency = Duration.ofMillis(9);
    metrics.passed(
        CABLE,
        Passes.awakeAfter(latency),
        Passes.keep(),
        Passes.failed(FailureReason.CRASHED, 3, Optional.of(latency)));

    assertThat(scrape().samples.get("dormouse_wakes_total"))
        .isEqualTo(
            Map.of(
                cable("reason", "Upgrade", "outcome", "failed"), 1.0,
                cable("reason", "Upgrade", "outcome", "timed_out"), 1.0));
  }

  @Test
  void countsAStopOnceAndNotTheOneThatAnArrivalPrevented() {
    var awake = Passes.at(Phase.ACTIVE);
    var stop = Passes.doing(new Action.Stop(StopReason.IDLE));
    metrics.passed(CABLE, awake, stop, awake);
    assertThat(scrape().samples).doesNotContainKey("dormouse_stops_total");
    metrics.passed(CABLE, awake, stop, Passes.at(Phase.STOPPING));
    metrics.passed(CABLE, awake, Passes.doing(new Action.Freeze()), Passes.at(Phase.DORMANT));
    assertThat(scrape().samples.get("dormouse_stops_total"))
        .isEqualTo(Map.of(cable("reason", "idle"), 1.0, cable("reason", "freeze"), 1.0));
  }

  @Test
  void countsRefusalsWithAndWithoutAService() {
    metrics.refused(Optional.of(CABLE), "full");
    metrics.refused(Optional.of(CABLE), "full");
    metrics.refused(Optional.empty(), "no-route");
    assertThat(scrape().samples.get("dormouse_refusals_total"))
        .isEqualTo(
            Map.of(
                cable("reason", "full"), 2.0,
                Map.of("service", "", "namespace", "", "reason", "no-route"), 1.0));
  }

  @Test
  void measuresHowLongClientsWaited() {
    metrics.opened(CABLE, Duration.ofMillis(412), Duration.ofMillis(2));
    metrics.left(CABLE, Duration.ofSeconds(3));
    metrics.closed(CABLE, Duration.ofMinutes(2));
    var text = scrape();
    var opened = cable("outcome", "opened");
    assertThat(text.value("dormouse_held_seconds_sum", opened)).isEqualTo(0.412);
    assertThat(text.value("dormouse_held_seconds_bucket", cable("outcome", "opened", "le", "0.25")))
        .isZero();
    assertThat(text.value("dormouse_held_seconds_sum", cable("outcome", "left"))).isEqualTo(3);
    assertThat(text.value("dormouse_activation_overhead_seconds_bucket", cable("le", "0.001")))
        .isZero();
    assertThat(text.value("dormouse_activation_overhead_seconds_bucket", cable("le", "0.0025")))
        .isEqualTo(1);
    assertThat(text.value("dormouse_tunnel_seconds_bucket", cable("le", "60.0"))).isZero();
    assertThat(text.value("dormouse_tunnel_seconds_bucket", cable("le", "300.0"))).isEqualTo(1);
  }

  @Test
  void tellsOfItself() {
    var text = scrape();
    var java = Runtime.version().toString();
    assertThat(text.value("dormouse_build_info", Map.of("version", "1.2.3", "java", java)))
        .isEqualTo(1);
    double resident = text.value("dormouse_process_resident_memory_bytes", Map.of());
    assertThat(resident).isBetween(10.0 * Views.MB, 8192.0 * Views.MB);
    assertThat(text.value("dormouse_process_anonymous_memory_bytes", Map.of()))
        .isBetween(1.0 * Views.MB, resident);
  }

  private Scrape scrape(ServiceView... views) {
    return Scrape.parse(new String(metrics.text(List.of(views)), UTF_8));
  }

  private static Map<String, String> cable(String... more) {
    var labels = new HashMap<>(Map.of("service", "cable", "namespace", "default"));
    for (int i = 0; i < more.length; i += 2) {
      labels.put(more[i], more[i + 1]);
    }
    return labels;
  }

  private record Scrape(
      Map<String, String> types, Map<String, Map<Map<String, String>, Double>> samples) {

    static Scrape parse(String text) {
      var it = new Scrape(new HashMap<>(), new TreeMap<>());
      for (String line : text.lines().toList()) {
        if (line.startsWith("# TYPE ")) {
          it.types.put(line.split(" ", -1)[2], line.split(" ", -1)[3]);
        } else if (!line.startsWith("#")) {
          Matcher sample = SAMPLE.matcher(line);
          assertThat(sample.matches()).as(line).isTrue();
          it.samples
              .computeIfAbsent(sample.group(1), _ -> new HashMap<>())
              .put(labels(sample.group(2)), Double.valueOf(sample.group(3)));
        }
      }
      return it;
    }

    private static Map<String, String> labels(String text) {
      var labels = new HashMap<String, String>();
      Matcher label = LABEL.matcher(text == null ? "" : text);
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
      return labels;
    }

    double value(String name, Map<String, String> labels) {
      var value = samples.getOrDefault(name, Map.of()).get(labels);
      return Objects.requireNonNull(value, () -> name + labels + " is not in " + samples);
    }
  }
}
