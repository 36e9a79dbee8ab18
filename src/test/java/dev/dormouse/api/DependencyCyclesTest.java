package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DependencyCyclesTest {
  private final DependencyCycles cycles = new DependencyCycles();

  @Test
  void aServiceIsInACycleIfItLeadsBackToItself() {
    put("a", "b");
    put("b", "c");
    put("c", "b", "d");
    put("e", "e");
    assertThat(cycles.settle()).containsExactlyInAnyOrder(id("b"), id("c"), id("e"));
    assertThat(cycles.way(id("a"))).isEmpty();
    assertThat(cycles.way(id("b"))).contains("b -> c -> b");
    assertThat(cycles.way(id("c"), id("b"))).contains("c -> b -> c");
    assertThat(cycles.way(id("c"), id("d"))).isEmpty();
    assertThat(cycles.way(id("d"))).isEmpty();
    assertThat(cycles.way(id("e"))).contains("e -> e");
  }

  @Test
  void onlyThoseAreToldForWhomSomethingIsDifferent() {
    put("a", "b");
    put("b", "a");
    put("c", "a");
    cycles.settle();
    assertThat(cycles.settle()).isEmpty();
    put("c", "a", "b");
    assertThat(cycles.settle()).isEmpty();
    put("b", "c");
    assertThat(cycles.settle()).containsExactly(id("c"));
    cycles.remove(id("b"));
    assertThat(cycles.settle()).containsExactlyInAnyOrder(id("a"), id("b"), id("c"));
  }

  /** Somebody may declare as many as there is room for, all in one circle or each with each. */
  @Test
  void thousandsCostNoStackAndTheirMistakesAreShort() {
    int many = 20_000;
    IntStream.range(0, many).forEach(i -> put("s" + i, "s" + (i + 1) % many));
    assertThat(cycles.settle()).hasSize(many);
    assertThat(cycles.way(id("s7"))).contains("s7 -> s8 -> ... -> s7");
    IntStream.range(0, 300)
        .forEach(
            i ->
                cycles.put(
                    id("t" + i), IntStream.range(0, 300).mapToObj(j -> id("t" + j)).toList()));
    assertThat(cycles.settle()).hasSize(300);
    assertThat(cycles.way(id("t5"))).contains("t5 -> t0 -> t5");
    IntStream.range(0, 20).forEach(i -> put("u" + i, "u" + (i + 1) % 20));
    cycles.settle();
    assertThat(cycles.way(id("u3")))
        .contains("u3 -> u4 -> u5 -> u6 -> u7 -> ... -> u0 -> u1 -> u2 -> u3");
  }

  /** Beside the plain definition: whoever can be reached from itself. */
  @Test
  void randomGraphsAgreeWithThePlainDefinition() {
    for (int seed = 0; seed < 500; seed++) {
      var random = new Random(seed);
      int size = 1 + random.nextInt(9);
      Map<ServiceId, List<ServiceId>> graph = new HashMap<>();
      var tried = new DependencyCycles();
      Set<ServiceId> known = new HashSet<>();
      for (int step = 0; step < 6; step++) {
        for (int i = 0; i < size; i++) {
          if (random.nextInt(3) > 0) {
            List<ServiceId> on = new ArrayList<>();
            random.ints(random.nextInt(3), 0, size).forEach(j -> on.add(id("s" + j)));
            graph.put(id("s" + i), on);
            tried.put(id("s" + i), on);
          }
        }
        Set<ServiceId> now = new HashSet<>();
        graph.keySet().stream().filter(it -> reaches(graph, it)).forEach(now::add);
        Set<ServiceId> different = new HashSet<>(known);
        different.removeAll(now);
        now.stream().filter(it -> !known.contains(it)).forEach(different::add);
        assertThat(tried.settle()).as("seed " + seed).isEqualTo(different);
        for (ServiceId it : graph.keySet()) {
          assertThat(tried.way(it).isPresent()).as("seed " + seed).isEqualTo(now.contains(it));
        }
        known.clear();
        known.addAll(now);
      }
    }
  }

  private static boolean reaches(Map<ServiceId, List<ServiceId>> graph, ServiceId id) {
    Set<ServiceId> found = new HashSet<>();
    Deque<ServiceId> next = new ArrayDeque<>(List.of(id));
    while (!next.isEmpty()) {
      graph.getOrDefault(next.remove(), List.of()).stream().filter(found::add).forEach(next::add);
    }
    return found.contains(id);
  }

  private void put(String name, String... on) {
    cycles.put(id(name), List.of(on).stream().map(DependencyCyclesTest::id).toList());
  }

  private static ServiceId id(String name) {
    return new ServiceId("default", name);
  }
}
