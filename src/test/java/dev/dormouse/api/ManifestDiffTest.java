package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.ManifestDiff.Change;
import dev.dormouse.api.ManifestDiff.Entry;
import dev.dormouse.api.ManifestDiff.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestDiffTest {
  @TempDir Path scratch;

  @Test
  void theSameIsNoDifferenceAndNeitherIsADefaultWrittenDown() {
    assertThat(diff(Reading.cable(), Reading.cable()).entries()).isEmpty();
    String explicit = Reading.cable("idleTimeout: 15m", "startup: {hold: 15s}");
    assertThat(diff(Reading.cable(), explicit).entries()).isEmpty();
  }

  @Test
  void aChangeIsToldFieldByField() {
    Entry only =
        diff(Reading.cable("idleTimeout: 5m"), Reading.cable("keepalive: {interval: 10s}"))
            .entries()
            .getFirst();
    assertThat(only.service()).isEqualTo("default/cable");
    assertThat(only.changes())
        .containsExactly(
            new Change("idleTimeout", Optional.of("5m"), Optional.of("15m")),
            new Change("keepalive.interval", Optional.of("25s"), Optional.of("10s")));
  }

  @ParameterizedTest
  @Tag("D33")
  @CsvSource(
      delimiter = '|',
      value = {
        "idleTimeout: 1m|LIVE",
        "warm: [{schedule: '0 9 * * *', duration: 1h}]|LIVE",
        "access: {maxConnections: 7}|LIVE",
        "args: [x]|REPLACED",
        "env: [{name: A, value: b}]|REPLACED",
        "workingDir: /srv|REPLACED",
        "activation: Disabled|RETIRED",
        "activation: Always|STARTED",
      })
  void whatBecomesOfOpenSockets(String change, Effect effect) {
    assertThat(diff(Reading.cable(), Reading.cable(change)).entries())
        .extracting(Entry::effect)
        .containsExactly(effect);
  }

  @Test
  void anotherPortOrCommandReplacesAndAnotherPathDoesNot() {
    String other = Reading.cable().replace("28080", "0");
    assertThat(diff(Reading.cable(), other).entries().getFirst().effect())
        .isEqualTo(Effect.REPLACED);
    String path = Reading.cable().replace("/cable", "/socket");
    assertThat(diff(Reading.cable(), path).entries().getFirst().effect()).isEqualTo(Effect.LIVE);
  }

  @Test
  void whatComesAndGoesIsNamed() {
    String second = Reading.service("chat", "command: [x]", "port: 0", "path: /chat");
    String always = Reading.service("redis", "command: [x]", "activation: Always");
    assertThat(diff(Reading.cable(), Reading.cable() + "---\n" + second).entries())
        .extracting(Entry::service, Entry::effect)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("default/chat", Effect.ADDED));
    assertThat(diff(Reading.cable() + "---\n" + always, Reading.cable()).entries())
        .extracting(Entry::effect)
        .containsExactly(Effect.RETIRED);
    assertThat(diff(Reading.cable(), Reading.cable() + "---\n" + always).entries())
        .extracting(Entry::effect)
        .containsExactly(Effect.STARTED);
  }

  @Test
  void eachRegionIsLookedAtAndWhatIsTheSameIsToldOnce() {
    String before = Reading.cable("regions: {iad: {idleTimeout: 1m}, ord: {}, syd: {}}");
    String after =
        Reading.cable(
            "regions: {iad: {idleTimeout: 1m}, ord: {servedBy: iad}, syd: {servedBy: iad}}");
    Entry only = diff(before, after).entries().getFirst();
    assertThat(only.regions()).containsExactly("ord", "syd");
    assertThat(only.effect()).isEqualTo(Effect.RETIRED);
    assertThat(only.changes())
        .containsExactly(new Change("servedBy.region", Optional.empty(), Optional.of("iad")));

    String everywhere = before.replace("port: 28080", "port: 0");
    assertThat(diff(before, everywhere).entries())
        .singleElement()
        .extracting(Entry::regions)
        .isEqualTo(List.of("iad", "ord", "syd", ManifestDiff.ELSEWHERE));
  }

  @Test
  void oneRegionCanBeLookedAtAlone() {
    String before = Reading.cable("regions: {iad: {idleTimeout: 1m}}");
    String after = Reading.cable("regions: {iad: {idleTimeout: 2m}}");
    assertThat(diff(before, after, Optional.of("iad")).entries()).hasSize(1);
    assertThat(diff(before, after, Optional.of("lhr")).entries()).isEmpty();
  }

  @Test
  void mistakesOnEitherSideComeInstead() {
    for (boolean first : List.of(true, false)) {
      String bad = Reading.cable("idleTimeout: long");
      Result result = first ? diff(bad, Reading.cable()) : diff(Reading.cable(), bad);
      assertThat(result.entries()).isEmpty();
      assertThat(result.problems()).hasSize(1);
    }
  }

  private Result diff(String before, String after) {
    return diff(before, after, Optional.empty());
  }

  private Result diff(String before, String after, Optional<String> region) {
    try {
      Path old = Files.writeString(scratch.resolve("old.yaml"), before);
      Path now = Files.writeString(scratch.resolve("new.yaml"), after);
      return ManifestDiff.between(List.of(old), List.of(now), region);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
