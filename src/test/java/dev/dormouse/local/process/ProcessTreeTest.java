package dev.dormouse.local.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.local.FakeProc;
import dev.dormouse.local.process.ProcFs.Stat;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who belongs. The leader is 100; 50 and session 50 are Dormouse's. */
class ProcessTreeTest {
  private static final String MARKER = "DORMOUSE_SERVICE=default/cable@1";
  private static final OwnerMark MARK = new OwnerMark(MARKER, Path.of("/state/cable.log"));

  @TempDir Path dir;
  private FakeProc fake;
  private ProcessTree family;

  @BeforeEach
  void begin() {
    fake = new FakeProc(dir);
    fake.process(1, 0, 1, 1, 1).process(50, 1, 50, 50, 10).process(60, 50, 50, 50, 2000);
    fake.process(100, 50, 100, 100, 1000);
    family = new ProcessTree(fake.fs(), 100, MARK);
  }

  @Test
  void theLeaderIsAlone() {
    assertThat(pids()).containsExactly(100L);
  }

  @Test
  void beforeSetsidItSharesDormousesSessionButItsSiblingsDoNotBelong() {
    fake.process(100, 50, 50, 50, 1000);
    assertThat(pids()).containsExactly(100L);
  }

  @Test
  void itsSessionItsGroupItsDescendantsAndTheMarkedBelong() {
    fake.process(101, 1, 90, 100, 1001); // same session, parent gone
    fake.process(103, 102, 103, 103, 1003); // grandchild in a session of its own
    fake.process(102, 100, 100, 100, 1002);
    fake.process(104, 1, 104, 104, 1004).environ(104, "A=1", MARKER); // a daemon
    fake.process(105, 104, 105, 105, 1005); // its child
    fake.process(106, 1, 106, 106, 1006).environ(106, "DORMOUSE_SERVICE=default/other@1");
    assertThat(pids()).containsExactlyInAnyOrder(100L, 101L, 102L, 103L, 104L, 105L);
  }

  @Test
  void theMarkOfAnotherUserDoesNotCountUnlessTheLeaderHasBecomeThatUser() {
    fake.user(ProcessHandle.current().pid(), 0).user(100, 0);
    fake.process(104, 1, 104, 104, 1004).environ(104, MARKER).user(104, 1000);
    fake.process(105, 1, 105, 105, 1005).environ(105, MARKER).user(105, 0);
    assertThat(pids()).containsExactlyInAnyOrder(100L, 105L);
    fake.user(100, 1000);
    assertThat(pids()).containsExactlyInAnyOrder(100L, 104L, 105L);
  }

  @Test
  void theSessionOfADescendantBelongsAfterItsLeaderIsGone() {
    fake.process(102, 100, 102, 102, 1002).process(103, 102, 102, 102, 1003);
    assertThat(pids()).containsExactlyInAnyOrder(100L, 102L, 103L);
    fake.gone(102).process(103, 1, 102, 102, 1003).process(104, 1, 102, 102, 1004);
    assertThat(pids()).containsExactlyInAnyOrder(100L, 103L, 104L);
  }

  @Test
  void whoWasSeenOnceBelongsEvenIfNothingTellsItAnyMore() {
    fake.process(102, 100, 102, 102, 1002);
    assertThat(pids()).contains(102L);
    fake.gone(100).process(102, 1, 102, 102, 1002);
    assertThat(pids()).containsExactly(102L);
  }

  @Test
  void aReusedPidIsAStranger() {
    fake.process(102, 100, 100, 100, 1002);
    assertThat(pids()).contains(102L);
    fake.process(102, 1, 102, 102, 7777).gone(100).process(100, 1, 100, 100, 8888);
    fake.process(110, 100, 100, 100, 8889);
    assertThat(pids()).isEmpty();
  }

  @Test
  void nothingThatIsOlderThanTheLeaderBelongs() {
    fake.process(90, 1, 90, 90, 999).environ(90, MARKER);
    assertThat(pids()).containsExactly(100L);
  }

  @Test
  void aLeaderThatIsGoneBeforeItIsSeenStillHasAFamily() {
    fake.gone(100);
    var late = new ProcessTree(fake.fs(), 100, MARK);
    fake.process(101, 1, 100, 100, 1001);
    assertThat(late.members()).extracting(Stat::pid).containsExactly(101L);
  }

  @Test
  void zombiesAreNotLeft() {
    fake.zombie(100, 50, 100, 1).zombie(101, 100, 100, 1);
    assertThat(pids()).isEmpty();
  }

  @Test
  void holdsASocketOfAnyMember() {
    fake.sockets(100, 10).process(101, 100, 100, 100, 1001).sockets(101, 11);
    fake.sockets(60, 12);
    assertThat(family.holds(Set.of(11L))).isTrue();
    assertThat(family.holds(Set.of(12L))).isFalse();
  }

  private List<Long> pids() {
    return family.members().stream().map(Stat::pid).toList();
  }
}
