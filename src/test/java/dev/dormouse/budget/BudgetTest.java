package dev.dormouse.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.budget.Budget.Limits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BudgetTest {
  /** Shares: 200 for heads and for held upgrades, 100 for answers and the admin port. */
  private static final Limits LIMITS = new Limits(800, 400, 20);

  private final Budget budget = new Budget(LIMITS);
  private final List<String> shed = new ArrayList<>();

  private Optional<Account> open(String name, Kind kind, long bytes) {
    return budget.open(kind, bytes, () -> shed.add(name));
  }

  @Test
  void theOldestHeadGoesWhicheverIsTheLargest() {
    open("first", Kind.HEAD, 50);
    var second = open("second", Kind.HEAD, 120).orElseThrow();
    open("third", Kind.HEAD, 60);
    assertThat(shed).containsExactly("first");
    assertThat(second.resize(130)).isTrue();
    assertThat(second.resize(150)).as("has to go itself").isFalse();
    assertThat(shed).containsExactly("first", "second");
    assertThat(budget.usedBytes()).isEqualTo(60);
    assertThat(budget.shed(Kind.HEAD)).isEqualTo(2);
  }

  @Test
  void ofSlowReadersTheOneWithMostGoesAndTheOldestOfEqualOnes() {
    open("small", Kind.UNREAD, 40);
    open("large", Kind.UNREAD, 140);
    open("as large", Kind.UNREAD, 150);
    open("middle", Kind.UNREAD, 70);
    assertThat(shed).isEmpty();
    open("straw", Kind.UNREAD, 1);
    assertThat(shed).containsExactly("large");
    assertThat(open("all", Kind.UNREAD, 401)).isEmpty();
    assertThat(shed).containsExactly("large", "all");
  }

  @Test
  void soManySlowReadersAreToldOfOnceAndThoseWithMostGoWhenAsked() {
    var crowds = new AtomicInteger();
    budget.whenSlowReadersAre(3, crowds::incrementAndGet);
    open("small", Kind.UNREAD, 10);
    open("head", Kind.HEAD, 10);
    open("large", Kind.UNREAD, 100);
    assertThat(crowds).hasValue(0);
    open("middle", Kind.UNREAD, 60);
    open("tiny", Kind.UNREAD, 1);
    assertThat(crowds).hasValue(1);
    assertThat(budget.slowReaders()).isEqualTo(4);
    budget.shedSlowReaders(2);
    assertThat(shed).containsExactly("large", "middle");
    budget.whenSlowReadersAre(2, crowds::incrementAndGet);
    assertThat(crowds).as("nobody has come").hasValue(1);
    open("next", Kind.UNREAD, 1);
    assertThat(crowds).hasValue(2);
    budget.shedSlowReaders(100);
    assertThat(shed).hasSize(5).doesNotContain("head");
    assertThat(budget.shed(Kind.UNREAD)).isEqualTo(5);
  }

  @Test
  void whoeverHasToGoIsToldOf() {
    List<String> stories = new ArrayList<>();
    var told = new Budget(LIMITS, it -> stories.add(it.story()));
    told.open(Kind.HEAD, 150, () -> {});
    assertThat(stories).isEmpty();
    told.open(Kind.HEAD, 150, () -> {});
    told.open(Kind.UNREAD, 400, () -> {});
    told.shedSlowReaders(1);
    assertThat(stories)
        .containsExactly(
            "memory budget of 1 KB: shed unfinished-head=1 in all, connections=1",
            "memory budget of 1 KB: shed unfinished-head=1 slow-reader=1 in all, connections=1");
  }

  @Test
  void aKindThatTakesItsShareLeavesTheOthersAlone() {
    open("answer", Kind.ANSWER, 90);
    open("held", Kind.HELD, 190);
    open("unread", Kind.UNREAD, 390);
    open("admin", Kind.ADMIN, 90);
    for (int i = 0; i < 15; i++) {
      open("head", Kind.HEAD, 40);
    }
    assertThat(shed).hasSize(10).containsOnly("head");
  }

  @Test
  void tunnelsStayAndOneTooManyIsNotLetIn() {
    for (int i = 0; i < 7; i++) {
      var account = open("tunnel", Kind.HEAD, 10).orElseThrow();
      assertThat(account.become(Kind.TUNNEL, 100, () -> shed.add("tunnel"))).isTrue();
    }
    var last = open("last", Kind.HEAD, 10);
    assertThat(last).as("nothing is left for it").isEmpty();
    assertThat(shed).containsExactly("last");
    assertThat(budget.isFull()).isTrue();
    assertThat(open("probe", Kind.ADMIN, 10)).as("the admin port has a reserve").isPresent();
    assertThat(open("slow", Kind.UNREAD, 10)).as("so have open tunnels").isPresent();
  }

  @Test
  void headsMakeRoomForTunnels() {
    open("head", Kind.HEAD, 150);
    var upgrade = open("upgrade", Kind.HEAD, 10).orElseThrow();
    assertThat(upgrade.become(Kind.TUNNEL, 650, () -> {})).isTrue();
    assertThat(shed).containsExactly("head");
  }

  @Test
  void whoComesWaitsUntilSomebodyLeaves() {
    List<Account> tunnels = new ArrayList<>();
    for (int i = 0; i < LIMITS.connections(); i++) {
      var account = open("tunnel", Kind.HEAD, 1).orElseThrow();
      account.become(Kind.TUNNEL, 1, () -> shed.add("tunnel"));
      tunnels.add(account);
    }
    var room = new AtomicInteger();
    budget.whenRoom(room::incrementAndGet);
    assertThat(budget.isFull()).isTrue();
    assertThat(room).hasValue(0);
    tunnels.getFirst().close();
    assertThat(room).hasValue(1);
    tunnels.get(1).close();
    assertThat(room).hasValue(1);
    budget.whenRoom(room::incrementAndGet);
    assertThat(room).hasValue(2);
    assertThat(shed).isEmpty();
  }

  @Test
  void aClosedAccountIsWorthNothing() {
    var account = open("it", Kind.HEAD, 100).orElseThrow();
    account.close();
    account.close();
    assertThat(account.resize(10)).isFalse();
    assertThat(account.become(Kind.TUNNEL, 10, () -> {})).isFalse();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void isTightWhileMuchWaits() {
    var account = open("slow", Kind.UNREAD, 200).orElseThrow();
    assertThat(budget.isTight()).isFalse();
    account.resize(201);
    assertThat(budget.isTight()).isTrue();
    account.close();
    assertThat(budget.isTight()).isFalse();
  }

  @Test
  void aBurstIsToldOfOnce() {
    var bursts = new AtomicInteger();
    budget.whenBusy(bursts::incrementAndGet);
    for (int i = 0; i < 2000; i++) {
      open("it", Kind.HEAD, 1).orElseThrow().close();
    }
    assertThat(bursts).hasValue(1);
  }

  @Test
  void limitsThatNobodyCouldBeServedWithAreRefused() {
    assertThatThrownBy(() -> new Limits(1, 0, 1)).hasMessageContaining("1, 0, 1");
  }

  /** Whatever happens: within every bound, and exact. */
  @Test
  void neverUsesMoreThanThereIs() {
    var random = new Random(20_261_128);
    Map<Account, Long> open = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      step(random, open);
      long sum = open.values().stream().mapToLong(it -> it).sum();
      assertThat(budget.usedBytes()).isEqualTo(sum).isLessThanOrEqualTo(budget.bytes());
    }
    assertThat(budget.shed()).isGreaterThan(1000);
    open.keySet().forEach(Account::close);
    assertThat(budget.usedBytes()).isZero();
  }

  private void step(Random random, Map<Account, Long> open) {
    List<Kind> kinds = List.of(Kind.values());
    Kind kind = kinds.get(random.nextInt(kinds.size()));
    long bytes = 1L + random.nextInt(60);
    var any = open.keySet().stream().skip(random.nextInt(1 + open.size())).findFirst();
    if (any.isEmpty() || random.nextInt(3) == 0) {
      var its = new ArrayList<Account>();
      budget
          .open(kind, bytes, () -> its.forEach(open::remove))
          .ifPresent(
              account -> {
                its.add(account);
                open.put(account, bytes);
              });
      return;
    }
    Account account = any.get();
    open.put(account, bytes);
    switch (random.nextInt(3)) {
      case 0 -> account.resize(bytes);
      case 1 -> account.become(kind, bytes, () -> open.remove(account));
      default -> {
        open.remove(account);
        account.close();
      }
    }
  }
}
