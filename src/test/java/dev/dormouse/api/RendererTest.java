package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.core.Activation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RendererTest {
  private static final String CABLE =
      Reading.cable(
          "idleTimeout: 15m",
          "regions:",
          "  iad: {activation: Disabled, idleTimeout: 30s}",
          "  lhr: {servedBy: iad}");

  @TempDir Path directory;

  @Test
  void mergesThePatchOfTheRegionAndLeavesRegionsOut() {
    assertThat(render(context("iad"), CABLE, false))
        .isEqualTo(
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata:
              name: cable
            spec:
              command:
                - puma
              port: 28080
              path: /cable
              idleTimeout: 30s
              activation: Disabled
            """);
  }

  @Test
  void separatesDocumentsAndKeepsTheirOrder() {
    String two = CABLE + "---\n" + CABLE.replace("cable", "able").replace("28080", "28081");
    assertThat(render(context("fra"), two, false).lines())
        .containsSubsequence("  name: cable", "---", "  name: able");
  }

  @Test
  void sendsARegionElsewhereInAFormThatCanBeReadAgain() {
    String text = render(context("lhr"), CABLE, false);
    assertThat(text).contains("  regions:\n    lhr:\n      servedBy:\n        region: iad\n");
    assertThat(read(context("lhr"), text).only(text).spec())
        .isEqualTo(read(context("lhr"), CABLE).only(CABLE).spec());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsPrintedMeansTheSame(boolean defaults) {
    String text =
        Reading.cable(
            "activation: OnDemand",
            "startup: {timeout: 1m30s, hold: 1500ms}",
            "retry: {initial: 2m}",
            "access: {allowedOrigins: ['https://*.example.com']}",
            "env: [{name: A, value: \"a: b\\n#c\\t\"}, {name: B, value: \"\"}]",
            "headers: {set: {'X-Empty': \"\", 'X-On': \"on\"}}",
            "warm: [{schedule: '30 18 * * FRI', duration: 4h, timeZone: Europe/Berlin}]");
    Reading reading = read(context("iad"), text);
    String printed = render(context("iad"), text, defaults);
    assertThat(reading.only(printed).spec()).isEqualTo(reading.only(text).spec());
    JsonNode again = reading.only(printed).effective();
    assertThat(again.path("retry").path("max").asText("")).isEqualTo(defaults ? "2m" : "");
    assertThat(defaults || again.equals(reading.only(text).effective())).isTrue();
  }

  /** The product's own context refuses what it does not support. */
  @Test
  void defaultsAreAcceptedByTheProductItself() {
    ReaderContext machine = ReaderContext.machine(Optional.of("iad"));
    String text = Reading.cable("regions: {iad: {idleTimeout: 30s}}");
    String printed = render(machine, text, true);
    assertThat(read(machine, printed).only(printed).spec())
        .isEqualTo(read(machine, text).only(text).spec());
    assertThat(printed).contains("  sleep: Stop\n", "    hold: 15s\n", "    gracePeriod: 10s\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yes",
        "No",
        "1e3",
        "0x1f",
        "012",
        "0o14",
        "~",
        "null",
        "1:30",
        "1_000",
        "- a",
        "a: b",
        "#x",
        "a #b",
        " x",
        "x ",
        "two\nlines\n",
        "=",
        "<<",
        "*a",
        "&a",
        "!x",
        "%a",
        "@a",
        "`a",
        "2026-01-01",
        ".5",
        "+1",
        ".inf",
        ".nan",
        "1.",
        "15m",
        "0s",
        "'",
        "\"",
        "\\",
        "tcp://$(HOST)",
        "ä\u2028\u0085",
        "{a}",
        "[a]",
        "---",
        "...",
        "?",
        "-",
        "a:",
        "\t",
        "true"
      })
  void everyStringStaysWhatItIs(String value) {
    String text =
        Reading.cable(
            "env: [{name: A, value: " + yaml(value) + "}]", "args: [" + yaml(value) + "]");
    Reading reading = read(context("iad"), text);
    var program = reading.only(text).spec().program();
    assertThat(program.args()).containsExactly(value);
    assertThat(reading.only(render(context("iad"), text, false)).spec().program())
        .isEqualTo(program);
  }

  @Test
  void keepsLabelsAndAnOverriddenActivation() {
    ReaderContext overridden =
        context("iad").with(Map.of("DORMOUSE_ACTIVATION_CABLE", Activation.ALWAYS));
    String labelled = CABLE.replace("  name: cable", "  name: cable\n  labels: {a: 'true'}");
    assertThat(render(overridden, labelled, false))
        .contains("  labels:\n    a: \"true\"\n", "  activation: Always\n");
  }

  private static String yaml(String value) {
    StringBuilder text = new StringBuilder();
    value.chars().forEach(c -> text.append(String.format(Locale.ROOT, "\\u%04x", c)));
    return "\"" + text + "\"";
  }

  private static ReaderContext context(String region) {
    return ReaderContext.machine(Optional.of(region));
  }

  private Reading read(ReaderContext context, String text) {
    assertThat(text).isNotEmpty();
    return Reading.in(directory).with(context);
  }

  private String render(ReaderContext context, String text, boolean defaults) {
    Manifests read = read(context, text).read(text);
    assertThat(read.problems()).isEmpty();
    assertThat(Files.exists(directory)).isTrue();
    return new Renderer(context).yaml(List.copyOf(read.services()), defaults);
  }
}
