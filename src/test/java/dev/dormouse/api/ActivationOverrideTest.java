package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.core.Activation;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ActivationOverrideTest {
  @TempDir Path directory;

  @Test
  void theVariableOfAServiceReplacesItsActivationAndNothingElse() {
    var text = Reading.cable("regions: {iad: {activation: Disabled}}").replace("cable", "my-cable");
    var plain = in(Map.of()).only(text).spec();
    var forced = in(Map.of("DORMOUSE_ACTIVATION_MY_CABLE", Activation.ALWAYS)).only(text).spec();
    assertThat(plain.activation()).isEqualTo(Activation.DISABLED);
    assertThat(forced.activation()).isEqualTo(Activation.ALWAYS);
    assertThat(forced.revision()).isEqualTo(plain.revision());
    assertThat(
            in(Map.of("DORMOUSE_ACTIVATION_CABLE", Activation.ALWAYS))
                .only(text)
                .spec()
                .activation())
        .isEqualTo(Activation.DISABLED);
  }

  @Test
  void aMistakeThatOnlyTheVariableMakesNamesIt() {
    var text = Reading.service("redis", "command: [redis]", "activation: Always", "sleep: x");
    assertThat(in(Map.of("DORMOUSE_ACTIVATION_REDIS", Activation.ON_DEMAND)).problems(text))
        .containsExactly(
            "cable.yaml:5: spec.port: with DORMOUSE_ACTIVATION_REDIS=OnDemand: is required: where"
                + " the program listens, such as 28080",
            "cable.yaml:5: spec.path: with DORMOUSE_ACTIVATION_REDIS=OnDemand: is required",
            "cable.yaml:8: spec.sleep: must be Stop or Freeze or Doze, was \"x\"");
  }

  private Reading in(Map<String, Activation> overrides) {
    return Reading.in(directory).with(ReaderContext.machine(Optional.of("iad")).with(overrides));
  }
}
