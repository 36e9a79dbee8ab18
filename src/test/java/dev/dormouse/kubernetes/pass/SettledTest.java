package dev.dormouse.kubernetes.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Condition;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.kubernetes.simulation.ClusterSimWorld;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.testing.Specs;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What was found out besides a pass is in the status that it writes. */
class SettledTest {
  private final ClusterSimWorld world = ClusterSimWorld.quiet(Specs.onDemand().port(28080).build());

  @Test
  void whereClientsCannotComeItIsNotReady() {
    run(Optional.empty(), Optional.of(unready(Condition.Reason.NO_SCALE_TARGET)));
    assertThat(ready()).isEqualTo("False NoScaleTarget");
    run(Optional.empty(), Optional.empty());
    assertThat(ready()).isEqualTo("True Available");
  }

  @Test
  void aMistakeCountsMoreThanADoubt() {
    run(
        Optional.of(unready(Condition.Reason.INVALID_SPEC)),
        Optional.of(unready(Condition.Reason.NO_SCALE_TARGET)));
    assertThat(ready()).isEqualTo("False InvalidSpec");
  }

  @Test
  void whatAPassFindsCountsMoreThanADoubt() {
    world.spec = Specs.from(world.spec).activation(dev.dormouse.core.Activation.DISABLED).build();
    run(Optional.empty(), Optional.of(unready(Condition.Reason.NO_SCALE_TARGET)));
    assertThat(ready()).isEqualTo("False Disabled");
  }

  private static Condition unready(Condition.Reason reason) {
    return new Condition(Condition.Status.FALSE, reason, "why");
  }

  private void run(Optional<Condition> flaw, Optional<Condition> doubt) {
    var operator = world.operators.getFirst();
    var tools =
        new ServicePass.Tools(operator, operator, operator, operator.leases, Optional.of("iad"));
    new ServicePass(tools)
        .run(
            world.cluster.object(),
            world.spec,
            Surroundings.plain(world.clock.instant()),
            new ServicePass.Settled(flaw, doubt, Optional.empty(), List.of(), _ -> Wish.NONE));
  }

  private String ready() {
    var ready = world.cluster.status().condition(StatusDocument.READY).orElseThrow();
    return ready.status() + " " + ready.reason();
  }
}
