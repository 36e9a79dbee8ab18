package dev.dormouse.local.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Endpoint;
import dev.dormouse.local.FakeProc;
import dev.dormouse.local.process.ProcFs.Range;
import dev.dormouse.local.process.ProcFs.Stat;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcFsTest {
  @TempDir Path dir;
  private FakeProc fake;
  private ProcFs proc;

  @BeforeEach
  void begin() {
    fake = new FakeProc(dir);
    proc = fake.fs();
  }

  @Test
  void seesWhatIsStoppedBySignal() {
    fake.process(7, 1, 5, 4, 1234).stopped(8, 1, 5, 4, 1235);
    assertThat(proc.processes()).extracting(Stat::stopped).containsExactlyInAnyOrder(false, true);
    assertThat(proc.stat(8).orElseThrow().isSame(proc.stat(8).orElseThrow())).isTrue();
  }

  @Test
  void readsMemoryOfAProcessAndTheSwapOfTheMachine() {
    assertThat(proc.swapBytes()).isZero();
    fake.write("meminfo", "MemTotal:       16384 kB\nSwapTotal:        1024 kB\n")
        .write("7/status", "Name:\tcable\nVmRSS:\t    42 kB\nVmSwap:\t     7 kB\n")
        .write(
            "7/maps",
            """
            55d0c0a00000-55d0c0a01000 r-xp 00000000 fe:00 1                 /bin/true
            7f0000000000-7f0000004000 rw-p 00000000 00:00 0
            7ffd5d000000-7ffd5d004000 r--p 00000000 00:00 0                 [vvar]
            7ffd5d004000-7ffd5d006000 r-xp 00000000 00:00 0                 [vdso]
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0         [vsyscall]
            """);
    assertThat(proc.swapBytes()).isEqualTo(1024 * 1024);
    assertThat(proc.residentBytes(7)).isEqualTo(42 * 1024);
    assertThat(proc.swappedBytes(7)).isEqualTo(7 * 1024);
    assertThat(proc.residentBytes(8)).isZero();
    assertThat(proc.ranges(7))
        .containsExactly(
            new Range(0x55d0c0a00000L, 0x55d0c0a01000L),
            new Range(0x7f0000000000L, 0x7f0000004000L));
  }

  @Test
  void readsAStatWhateverTheProcessCallsItself() {
    fake.process(7, 1, 5, 4, 1234);
    assertThat(proc.stat(7)).contains(new Stat(7, 1, 5, 4, 1234, false));
  }

  @Test
  void aZombieIsGoneUnlessItsOtherThreadsLive() {
    fake.zombie(7, 1, 7, 1).zombie(8, 1, 7, 3).process(9, 1, 9, 9, 1);
    assertThat(proc.stat(7)).isEmpty();
    assertThat(proc.processes()).extracting(Stat::pid).containsExactlyInAnyOrder(8L, 9L);
  }

  @Test
  void matchesAWholeEntryOfTheEnvironment() {
    fake.environ(7, "A=1", "MARK=default/cable@1", "B=2");
    assertThat(proc.hasEnvironment(7, "A=1")).isTrue();
    assertThat(proc.hasEnvironment(7, "B=2")).isTrue();
    assertThat(proc.hasEnvironment(7, "MARK=default/cable")).isFalse();
    assertThat(proc.hasEnvironment(7, "ARK=default/cable@1")).isFalse();
    assertThat(proc.hasEnvironment(8, "A=1")).isFalse();
  }

  @Test
  void findsTheListenersThatAnAddressReaches() {
    String any = "00000000000000000000000000000000";
    String mapped = "0000000000000000FFFF00000100007F";
    String loopback6 = "00000000000000000000000001000000";
    fake.table(
        "tcp",
        "0100007F:6DB0 0A 11",
        "00000000:6DB0 0A 12",
        "0900007F:6DB0 0A 13",
        "0100007F:6DB1 0A 14",
        "0100007F:6DB0 01 15");
    fake.table("tcp6", any + ":6DB0 0A 21", mapped + ":6DB0 0A 22", loopback6 + ":6DB0 0A 23");
    assertThat(Ports.listening(proc, new Endpoint("127.0.0.1", 28080)))
        .containsExactlyInAnyOrder(11L, 12L, 21L, 22L);
    assertThat(Ports.listening(proc, new Endpoint("::1", 28080)))
        .containsExactlyInAnyOrder(12L, 21L, 23L);
  }

  @Test
  void aKernelWithoutIpv6HasNoTableForIt() {
    fake.table("tcp", "0100007F:6DB0 0A 11");
    assertThat(proc.listeners()).hasSize(1);
  }

  @Test
  void looksAtNoFurtherListenerOnceOneIsEnough() {
    fake.table("tcp", "0100007F:6DB0 0A 11", "0100007F:6DB0 0A 12", "0100007F:6DB0 0A 13");
    fake.table("tcp6", "00000000000000000000000000000000:6DB0 0A 14");
    var endpoint = new Endpoint("127.0.0.1", 28080);
    assertThat(Ports.listening(proc, endpoint)).containsExactlyInAnyOrder(11L, 12L, 13L, 14L);
    assertThat(Ports.listening(proc, endpoint, Set.of(9L, 12L))).containsExactly(11L, 12L);
    assertThat(Ports.listening(proc, endpoint, Set.of(14L))).hasSize(4);
  }

  @Test
  @Tag("D15")
  void namesTheHolderOfAPortOrSaysThatItIsUnknown() {
    fake.process(7, 1, 7, 7, 1).sockets(7, 10, 11);
    fake.write("7/cmdline", "ruby\0--password\0secret\n\u001b[2J\0")
        .write("7/comm", "ru\u001b[1mbé\n");
    fake.process(8, 1, 8, 8, 1).sockets(8, 12).write("8/cmdline", "").write("8/comm", "kthread\n");
    var endpoint = new Endpoint("127.0.0.1", 28080);
    assertThat(Ports.busy(proc, endpoint, Set.of(11L)))
        .isEqualTo("127.0.0.1:28080 is in use by pid 7 (rubé)");
    assertThat(Ports.busy(proc, endpoint, Set.of(12L))).endsWith("pid 8 (kthread)");
    assertThat(Ports.busy(proc, endpoint, Set.of(99L))).endsWith("in use by an unknown process");
  }

  @Test
  @Tag("P7")
  void memoryIsProportionalWhereTheKernelTellsElseResident() {
    fake.write(
        "7/smaps_rollup", "0-f ---p 0 0 0 [rollup]\nRss:  900 kB\nPss:   300 kB\nPss_Anon: 1 kB\n");
    fake.write("7/status", "VmRSS:\t 900 kB\n").write("8/status", "VmRSS:\t     42 kB\n");
    assertThat(proc.memoryBytes(7)).isEqualTo(300 * 1024);
    assertThat(proc.memoryBytes(8)).isEqualTo(42 * 1024);
    assertThat(proc.memoryBytes(9)).isZero();
  }
}
