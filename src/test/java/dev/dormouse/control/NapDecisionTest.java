package dev.dormouse.control;

import static dev.dormouse.control.NapDecision.BROKEN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.NapDecision.Contact;
import dev.dormouse.control.NapDecision.LastContact;
import dev.dormouse.control.NapDecision.Reason;
import dev.dormouse.control.NapDecision.Service;
import dev.dormouse.control.NapDecision.Sight;
import dev.dormouse.control.NapDecision.Verdict;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NapDecisionTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final Duration CALM = Duration.ofMinutes(1);
  private static final ServiceId CABLE = new ServiceId("shop", "cable");
  private static final int CASES = 50_000;

  /** Everything at rest, and nothing has come in for long. */
  private static final Sight REST =
      new Sight(
          Optional.empty(),
          Optional.empty(),
          0,
          0,
          new LastContact(Contact.CLIENT, NOW.minus(CALM)),
          Optional.empty(),
          List.of(dormant(), supervised()));

  @Test
  void napsOnceNothingHasComeInForSoLong() {
    assertThat(NapDecision.decide(CALM, 0, REST, NOW)).isEqualTo(new Verdict.Nap(Optional.empty()));
    var justBefore = NOW.minusNanos(1);
    assertThat(NapDecision.decide(CALM, 0, REST, justBefore))
        .isEqualTo(new Verdict.Awake(new Reason.Contacted(REST.contact()), Optional.of(NOW)));
  }

  @Test
  void saysWhyItIsAwake() {
    assertThat(
            new Reason.Contacted(new LastContact(Contact.PROBE, NOW.minusSeconds(4))).explain(NOW))
        .isEqualTo("a probe came 4 s ago");
    assertThat(new Reason.InUse(Optional.of(CABLE), 3).explain(NOW))
        .isEqualTo("shop/cable has 3 clients");
    assertThat(new Reason.Restless(CABLE, "is waking").explain(NOW))
        .isEqualTo("shop/cable is waking");
    assertThat(new Reason.Due(Optional.of(CABLE), NOW.plusSeconds(20)).explain(NOW))
        .isEqualTo("shop/cable has something to do in 20 s");
  }

  @ParameterizedTest
  @CsvSource({"0, 60", "1, 120", "2, 240", "5, 1800", "1000000, 1800"})
  void eachBrokenNapDoublesTheWaitUpToHalfAnHour(int broken, long seconds) {
    assertThat(NapDecision.wait(CALM, broken)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void whoeverWantsToWaitLongerWaitsLonger() {
    assertThat(NapDecision.wait(Duration.ofHours(2), 3)).isEqualTo(Duration.ofHours(2));
  }

  @Test
  void aDeadlineThatIsFarEndsTheNap() {
    Instant window = NOW.plus(Duration.ofHours(1));
    assertThat(NapDecision.decide(CALM, 0, due(window), NOW))
        .isEqualTo(new Verdict.Nap(Optional.of(window)));
  }

  @Test
  void aDeadlineNearerThanANapIsWorthForbidsIt() {
    assertThat(reason(NapDecision.decide(CALM, 0, due(NOW.plus(CALM).minusMillis(1)), NOW)))
        .isInstanceOf(Reason.Due.class);
    var soon = NOW.plus(BROKEN).minusMillis(1);
    assertThat(reason(NapDecision.decide(Duration.ofSeconds(1), 0, due(soon), NOW)))
        .isInstanceOf(Reason.Due.class);
  }

  /**
   * Of sights put together by chance: a nap if and only if nothing at all speaks against it, by a
   * reading of the rules that shares no code with theirs; and every reason is found.
   */
  @Test
  void noNapWithAnythingThatNeedsIt() {
    var random = new Random(20);
    Set<Class<?>> reasons = new HashSet<>();
    int naps = 0;
    for (int i = 0; i < CASES; i++) {
      Sight sight = sight(random);
      int broken = random.nextInt(3);
      Verdict verdict = NapDecision.decide(CALM, broken, sight, NOW);
      boolean needed = isNeeded(sight, CALM.multipliedBy(1L << broken));
      assertThat(verdict instanceof Verdict.Nap).as("%s %s", sight, verdict).isEqualTo(!needed);
      switch (verdict) {
        case Verdict.Awake(Reason reason, var _) -> {
          reasons.add(reason.getClass());
          assertThat(reason.explain(NOW)).isNotBlank();
        }
        case Verdict.Nap(var until) -> {
          naps++;
          assertThat(until).isEqualTo(first(sight));
        }
      }
    }
    assertThat(reasons).containsExactlyInAnyOrder(Reason.class.getPermittedSubclasses());
    assertThat(naps).isPositive();
  }

  private static boolean isNeeded(Sight sight, Duration wait) {
    boolean needed =
        sight.obstacle().isPresent()
            || sight.busy().isPresent()
            || sight.elsewhere() > 0
            || sight.asked() > 0
            || sight.contact().at().plus(wait).isAfter(NOW)
            || first(sight).filter(it -> it.isBefore(NOW.plus(CALM))).isPresent();
    for (Service service : sight.services()) {
      boolean moving =
          Set.of(Phase.WAKING, Phase.DOZING, Phase.DRAINING, Phase.STOPPING)
              .contains(service.phase());
      boolean awake =
          service.phase() == Phase.ACTIVE && !(service.alwaysRuns() && service.watched());
      needed |= service.demand() > 0 || moving || awake || !service.settled();
    }
    return needed;
  }

  private static Optional<Instant> first(Sight sight) {
    List<Instant> all = new ArrayList<>(sight.due().stream().toList());
    sight.services().forEach(it -> it.due().ifPresent(all::add));
    return all.stream().min(Instant::compareTo);
  }

  private static <T> T any(T[] all, Random random) {
    return all[random.nextInt(all.length)];
  }

  private static Sight sight(Random random) {
    List<Service> services = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      services.add(
          new Service(
              CABLE,
              any(Phase.values(), random),
              rarely(random) ? 1 : 0,
              random.nextBoolean(),
              !rarely(random),
              !rarely(random),
              due(random)));
    }
    return new Sight(
        rarely(random) ? Optional.of("it is Windows") : Optional.empty(),
        rarely(random) ? Optional.of("it is stopping") : Optional.empty(),
        rarely(random) ? 1 : 0,
        rarely(random) ? 1 : 0,
        new LastContact(any(Contact.values(), random), NOW.minusSeconds(random.nextInt(600))),
        due(random),
        services);
  }

  private static boolean rarely(Random random) {
    return random.nextInt(8) == 0;
  }

  private static Optional<Instant> due(Random random) {
    return rarely(random)
        ? Optional.of(NOW.plusSeconds(random.nextInt(-10, 200)))
        : Optional.empty();
  }

  private static Sight due(Instant at) {
    return new Sight(
        REST.obstacle(), REST.busy(), 0, 0, REST.contact(), Optional.of(at), REST.services());
  }

  private static Reason reason(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Awake.class);
    return ((Verdict.Awake) verdict).reason();
  }

  private static Service dormant() {
    return new Service(CABLE, Phase.DORMANT, 0, false, true, false, Optional.empty());
  }

  private static Service supervised() {
    return new Service(CABLE.sibling("redis"), Phase.ACTIVE, 0, true, true, true, Optional.empty());
  }
}
