package dev.dormouse.core;

import static dev.dormouse.core.Situation.NOW;
import static dev.dormouse.core.Situation.onDemand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Why a service is awake, in a sentence, as a pass left it. */
class KeeperTest {
  private static final Duration HOUR = Duration.ofHours(1);

  static Stream<Arguments> sentences() {
    Situation ready = onDemand().ready(HOUR);
    Company company = Company.UNSEEN.after(NOW, 2, "port 18091 by pid 7 (sub)");
    var always = Situation.given(Specs.onDemand().activation(Activation.ALWAYS)).ready(HOUR);
    return Stream.of(
        arguments(onDemand(), "-"),
        arguments(onDemand().waiting(1), "1 client waits for it"),
        arguments(
            onDemand().waiting(2).dependencies(new Surroundings.Dependencies.NotReady("redis")),
            "2 clients wait for it; it is waiting for redis"),
        arguments(onDemand().starting(Duration.ZERO), "it was asked for"),
        arguments(ready.open(1), "1 client is connected"),
        arguments(ready.open(3), "3 clients are connected"),
        arguments(ready.waiting(1), "1 client waits for its answer"),
        arguments(always, "its activation is Always"),
        arguments(ready.dependentAwake(), "a service that depends on it is awake"),
        arguments(ready.warmFor(HOUR), "a warm window or a manual wake lasts"),
        arguments(
            ready.quietFor(HOUR).company(company),
            "2 clients are connected to it directly, at port 18091 by pid 7 (sub)"),
        arguments(
            ready.quietFor(Duration.ofMinutes(1)),
            "nobody is connected, but it has not been idle for long enough"),
        arguments(ready.quietFor(HOUR), "it is falling asleep"));
  }

  @ParameterizedTest
  @MethodSource("sentences")
  void itIsToldWhyItIsAwake(Situation given, String sentence) {
    ServiceStatus status =
        ServiceStatus.initial()
            .after(given.decide(), given.spec(), given.demand(), given.workload(), given.around());
    var told = Keeper.sentence(status, Keeper.of(given.spec(), given.around()));
    assertThat(told.orElse("-")).isEqualTo(sentence);
  }
}
