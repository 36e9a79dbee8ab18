package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Activation;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Dependencies;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.kubernetes.pass.Activators;
import dev.dormouse.kubernetes.pass.Leases;
import dev.dormouse.kubernetes.pass.OperatorApi;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.pass.ServicePass;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.resource.AskedByHand;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the operator makes of what people ask for. */
class ServiceEntryTest {
  private static final Instant NOW = MutableClock.START;
  private static final ServiceSpec SPEC = Specs.onDemand().build();
  private static final Surroundings WARM = around(false, Optional.of(NOW.plusSeconds(60)));
  private static final Surroundings PLAIN = Surroundings.plain(NOW);

  private final ServiceEntry tended = tended();

  @Test
  void aNewTimeIsANewTryUntilOneWasMade() {
    hear(AskedByHand.AWAKE_UNTIL, "2026-05-01T18:00:00Z");
    assertThat(tended.wish(1, SPEC, WARM))
        .as("who knows whether it was tried")
        .isEqualTo(Wish.NONE);
    hear(AskedByHand.AWAKE_UNTIL, "2026-05-01T19:00:00Z");
    assertThat(tended.wish(1, SPEC, WARM)).isEqualTo(Wish.TRY);
    tended.saw(SPEC, at(Phase.FAILED));
    hear(AskedByHand.AWAKE_UNTIL, "2026-05-01T19:00:00Z");
    assertThat(tended.wish(1, SPEC, WARM)).isEqualTo(Wish.TRY);
    assertThat(tended.wish(1, SPEC, PLAIN)).as("its time is over").isEqualTo(Wish.NONE);
    tended.saw(SPEC, at(Phase.WAKING));
    tended.saw(SPEC, at(Phase.FAILED));
    assertThat(tended.wish(1, SPEC, WARM))
        .as("this one is a failure of its own")
        .isEqualTo(Wish.NONE);
  }

  @Test
  void theFirstTimeThatIsEverAskedForIsNews() {
    tended.heard(AskedByHand.of(Map.of()));
    hear(AskedByHand.AWAKE_UNTIL, "2026-05-01T18:00:00Z");
    assertThat(tended.wish(1, SPEC, WARM)).isEqualTo(Wish.TRY);
    tended.heard(AskedByHand.of(Map.of()));
    tended.saw(SPEC, at(Phase.DORMANT));
    assertThat(tended.wish(1, SPEC, WARM)).isEqualTo(Wish.NONE);
  }

  @Test
  void nobodyHasToSleepWhoIsKeptAwake() {
    hear(AskedByHand.SLEEP_EPOCH, "3");
    assertThat(tended.wish(3, SPEC, PLAIN)).isEqualTo(Wish.SLEEP);
    assertThat(tended.wish(4, SPEC, PLAIN)).isEqualTo(Wish.NONE);
    assertThat(tended.wish(3, SPEC, WARM)).isEqualTo(Wish.NONE);
    assertThat(tended.wish(3, SPEC, around(true, Optional.empty()))).isEqualTo(Wish.NONE);
    ServiceSpec always = Specs.onDemand().activation(Activation.ALWAYS).build();
    assertThat(tended.wish(3, always, PLAIN)).isEqualTo(Wish.NONE);
  }

  private void hear(String annotation, String value) {
    assertThat(tended.heard(AskedByHand.of(Map.of(annotation, value)))).isEmpty();
  }

  private static Surroundings around(boolean dependentAwake, Optional<Instant> warmUntil) {
    return new Surroundings(
        NOW,
        Presence.HERE,
        new Dependencies.AllReady(),
        dependentAwake,
        warmUntil,
        Optional.empty());
  }

  private static ServiceStatus at(Phase phase) {
    var condition = new Condition(Condition.Status.TRUE, Condition.Reason.AVAILABLE, "");
    return new ServiceStatus(
        phase,
        condition,
        condition,
        1,
        Optional.empty(),
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static ServiceEntry tended() {
    var nobody = new Nobody();
    var leases = new Leases(new MutableClock(), Duration.ofSeconds(30));
    return new ServiceEntry(
        new ServicePass.Tools(nobody, nobody, nobody, leases, Optional.empty()));
  }

  /** No pass is run. */
  private static final class Nobody implements OperatorApi, Workloads, Activators {
    @Override
    public ApiResult<ServiceObject> get(ServiceId id) {
      return new ApiResult.NotFound<>();
    }

    @Override
    public ApiResult<ServiceObject> patchStatus(ServiceId id, JsonPatch patch) {
      return new ApiResult.NotFound<>();
    }

    @Override
    public ApiResult<Scale> getScale(ServiceObject service) {
      return new ApiResult.NotFound<>();
    }

    @Override
    public ApiResult<Scale> putScale(ServiceObject service, Scale scale) {
      return new ApiResult.NotFound<>();
    }

    @Override
    public Existence pod(String activator) {
      return Existence.UNKNOWN;
    }

    @Override
    public Optional<String> leaseSession(String activator) {
      return Optional.empty();
    }

    @Override
    public View view(ServiceObject service) {
      throw new AssertionError("no pass is run");
    }

    @Override
    public Optional<Scale> prepared(ServiceObject service, ServiceSpec spec) {
      return Optional.empty();
    }

    @Override
    public ApiResult<Scale> prepare(ServiceObject service, ServiceSpec spec) {
      return new ApiResult.NotFound<>();
    }
  }
}
