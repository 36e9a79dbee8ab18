package dev.dormouse.kubernetes.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Workload;
import dev.dormouse.kubernetes.pass.Workloads.Cause;
import dev.dormouse.kubernetes.pass.Workloads.End;
import dev.dormouse.kubernetes.pass.Workloads.Pod;
import dev.dormouse.kubernetes.pass.Workloads.View;
import dev.dormouse.kubernetes.simulation.Observations;
import dev.dormouse.testing.Specs;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodMemoryTest {
  private static final String AWAKE = "{\"phase\": \"Active\", \"epoch\": 2, \"stakes\": {}}";

  private final Observations operator = new Observations(Specs.onDemand().port(28080).build());
  private final Pod over =
      pod("old", false, Optional.of(new End(new Cause("OutOfcpu", ""), false)));

  @Test
  void whatEndedBeforeAnotherPodServedIsNotHeldAgainstIt() {
    see(pod("p", false, Optional.empty()));
    assertThat(see(over)).as("the kubelet refuses it").isInstanceOf(Workload.Broken.class);
    assertThat(see(over, pod("p", true, Optional.empty()))).isInstanceOf(Workload.Ready.class);
    assertThat(see(over, pod("p", false, Optional.empty())))
        .as("unready for a moment")
        .isInstanceOf(Workload.Starting.class);
  }

  @Test
  void whatEndedBeforeAnOperatorCameIsNotItsBusiness() {
    assertThat(see(over)).isInstanceOf(Workload.Starting.class);
    assertThat(operator.mishaps()).isEmpty();
  }

  @Test
  void whatIsLeftOfAnEarlierStartIsNotHeldAgainstTheNext() {
    see(pod("p", false, Optional.empty()));
    assertThat(see(over)).isInstanceOf(Workload.Broken.class);
    String stopping = AWAKE.replace("Active", "Stopping");
    assertThat(operator.see(stopping, new View(Optional.of(new Scale("2", 0)), List.of(over))))
        .isInstanceOf(Workload.Absent.class);
    assertThat(see(over)).isInstanceOf(Workload.Starting.class);
  }

  private Workload see(Pod... pods) {
    return operator.see(AWAKE, new View(Optional.of(new Scale("1", 1)), List.of(pods)));
  }

  private Pod pod(String uid, boolean ready, Optional<End> end) {
    Instant start = operator.now();
    return new Pod(
        uid,
        uid,
        Optional.of("10.0.0.1"),
        start,
        end.isPresent() ? Optional.empty() : Optional.of(start),
        ready ? Optional.of(start) : Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        end,
        false,
        Optional.empty());
  }
}
