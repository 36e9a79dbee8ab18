package dev.dormouse.kubernetes.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.kubernetes.simulation.Documents;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a start asks of the API server, and what it asks it for with. */
class ScalerTest {
  private static final ServiceSpec SPEC = Specs.onDemand().port(28080).build();
  private static final Scale ASLEEP = new Scale("7", 0);
  private static final Scale AWAKE = new Scale("8", 1);
  private static final ServiceObject SERVICE =
      ServiceObject.read(Documents.resource(Documents.WHOLE_STATUS));

  private final Server server = new Server();
  private final PassMemory memory =
      new PassMemory("u-1", new Leases(new MutableClock(), Duration.ofSeconds(15)));
  private final Scaler crane = new Scaler(server, server, memory);

  @Test
  void whatACacheShowsIsWrittenUnread() {
    server.present = Optional.of(ASLEEP);
    server.cached = Optional.of(ASLEEP);
    assertThat(raise()).isEqualTo(new ApiResult.Ok<>(AWAKE));
    assertThat(server.calls).containsExactly("put 7 1");
    assertThat(crane.view(SERVICE).scale()).as("remembered").contains(AWAKE);
  }

  @Test
  void aCacheThatIsBehindIsFoundOutByTheWriteAndThenItIsRead() {
    server.present = Optional.of(ASLEEP);
    server.cached = Optional.of(new Scale("6", 0));
    assertThat(raise()).isEqualTo(new ApiResult.Ok<>(AWAKE));
    assertThat(server.calls).containsExactly("put 6 1", "prepare", "put 7 1");
  }

  @Test
  void whatSomebodyElseHasRaisedIsNotWrittenAgain() {
    server.present = Optional.of(AWAKE);
    server.cached = Optional.of(ASLEEP);
    assertThat(raise()).isEqualTo(new ApiResult.Ok<>(AWAKE));
    assertThat(server.calls).containsExactly("put 7 1", "prepare");
  }

  @Test
  void whatIsGoneIsMadeAgain() {
    server.cached = Optional.of(ASLEEP);
    server.made = ASLEEP;
    assertThat(raise()).isEqualTo(new ApiResult.Ok<>(AWAKE));
    assertThat(server.calls).containsExactly("put 7 1", "prepare", "put 7 1");
  }

  @Test
  void whatNoCacheShowsIsReadFirst() {
    server.present = Optional.of(ASLEEP);
    assertThat(raise()).isEqualTo(new ApiResult.Ok<>(AWAKE));
    assertThat(server.calls).containsExactly("prepare", "put 7 1");
  }

  @Test
  void whatNoCacheShowsAndHasAReplicaIsNotWritten() {
    server.present = Optional.of(AWAKE);
    assertThat(raise()).isEqualTo(new ApiResult.Ok<>(AWAKE));
    assertThat(server.calls).containsExactly("prepare");
  }

  @Test
  void aCacheBehindAnAnswerIsNotAsked() {
    server.present = Optional.of(ASLEEP);
    server.cached = Optional.of(new Scale("6", 0));
    memory.scaled(ASLEEP);
    assertThat(raise()).isEqualTo(new ApiResult.Ok<>(AWAKE));
    assertThat(server.calls).containsExactly("prepare", "put 7 1");
  }

  @Test
  void whatIsNotAdmittedIsToldWithItsReason() {
    server.present = Optional.of(ASLEEP);
    server.cached = Optional.of(ASLEEP);
    server.refusal = Optional.of("denied by a policy");
    assertThat(raise()).isEqualTo(new ApiResult.Rejected<>("denied by a policy"));
  }

  @Test
  void aWriteOfWhichNobodyKnowsIsNotRepeated() {
    server.cached = Optional.of(ASLEEP);
    server.silent = true;
    assertThat(raise()).isInstanceOf(ApiResult.Unknown.class);
    assertThat(server.calls).containsExactly("put 7 1");
  }

  private ApiResult<Scale> raise() {
    return crane.raise(SERVICE, SPEC);
  }

  /** An API server with one scale, and a cache of it. */
  private static final class Server implements OperatorApi, Workloads {
    final List<String> calls = new ArrayList<>();
    Optional<Scale> present = Optional.empty();
    Optional<Scale> cached = Optional.empty();
    Optional<String> refusal = Optional.empty();
    Scale made = ASLEEP;
    boolean silent;

    @Override
    public Optional<Scale> prepared(ServiceObject service, ServiceSpec spec) {
      return cached;
    }

    @Override
    public ApiResult<Scale> prepare(ServiceObject service, ServiceSpec spec) {
      calls.add("prepare");
      present = present.or(() -> Optional.of(made));
      return new ApiResult.Ok<>(present.get());
    }

    @Override
    public ApiResult<Scale> putScale(ServiceObject service, Scale scale) {
      calls.add("put " + scale.resourceVersion() + " " + scale.replicas());
      if (silent) {
        return new ApiResult.Unknown<>("time-out");
      }
      if (present.isEmpty()) {
        return new ApiResult.NotFound<>();
      }
      if (refusal.isPresent()) {
        return new ApiResult.Rejected<>(refusal.get());
      }
      if (!present.get().resourceVersion().equals(scale.resourceVersion())) {
        return new ApiResult.Rejected<>("conflict");
      }
      present = Optional.of(AWAKE);
      return new ApiResult.Ok<>(AWAKE);
    }

    @Override
    public ApiResult<Scale> getScale(ServiceObject service) {
      return present.<ApiResult<Scale>>map(ApiResult.Ok::new).orElseGet(ApiResult.NotFound::new);
    }

    @Override
    public View view(ServiceObject service) {
      return new View(cached, List.of());
    }

    @Override
    public ApiResult<ServiceObject> get(ServiceId id) {
      return new ApiResult.Ok<>(SERVICE);
    }

    @Override
    public ApiResult<ServiceObject> patchStatus(ServiceId id, JsonPatch patch) {
      return new ApiResult.Ok<>(SERVICE);
    }
  }
}
