package dev.dormouse.local.freeze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.WakeReason;
import dev.dormouse.local.ProcessRig;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.Warden;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real epoll and pidfd_getfd, over real processes that are really stopped. */
@Tag("privileged")
class WatchtowerIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** Connects to what its argument names, and waits for a line of its input. */
  private static final String CLIENT =
      """
      use IO::Socket::INET; $| = 1;
      $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die;
      $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5) or die;
      print $l->sockport, "\\n";
      <STDIN>;
      close $s;
      <STDIN>;
      """;

  private final ProcFs proc = new ProcFs(Path.of("/proc"));
  private final Watchtower tower = new Watchtower(proc);
  private final Queue<WakeReason> news = new ConcurrentLinkedQueue<>();
  private final List<AutoCloseable> resources = new ArrayList<>();
  private Optional<Process> child = Optional.empty();
  private Optional<Socket> peer = Optional.empty();
  private int itsPort;

  @TempDir Path scratch;

  @BeforeEach
  void startAProgramWithASocket() throws IOException {
    var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    resources.add(server);
    Process process = new ProcessBuilder("perl", "-e", CLIENT, "" + server.getLocalPort()).start();
    child = Optional.of(process);
    Socket socket = server.accept();
    resources.add(socket);
    peer = Optional.of(socket);
    itsPort = Integer.parseInt(process.inputReader().readLine().strip());
    ProcessRig.signal(process.pid(), "STOP");
    await().until(() -> stopped().getFirst().stopped());
  }

  @AfterEach
  void endIt() throws Exception {
    child.orElseThrow().destroyForcibly().waitFor();
    tower.close();
    for (AutoCloseable resource : resources) {
      resource.close();
    }
  }

  private List<ProcFs.Stat> stopped() {
    return List.of(proc.stat(child.orElseThrow().pid()).orElseThrow());
  }

  private Warden.Post watched() throws IOException {
    Warden.Post post = tower.begin(List.of(), news::add);
    assertThat(post.watch(stopped())).isEmpty();
    return post;
  }

  private void awaitNews(WakeReason reason) {
    await(reason.word()).atMost(SOON).until(() -> news.contains(reason));
    assertThat(news).containsExactly(reason);
  }

  private OutputStream toIt() throws IOException {
    return peer.orElseThrow().getOutputStream();
  }

  @Test
  void aByteForASleeperIsNewsOnce() throws IOException {
    try (var post = watched()) {
      toIt().write(1);
      awaitNews(WakeReason.BROADCAST);
      toIt().write(2);
      assertThat(post).isNotNull();
    }
    assertThat(news).hasSize(1);
  }

  @Test
  void soIsTheEndOfItsConnection() throws IOException {
    try (var post = watched()) {
      peer.orElseThrow().close();
      awaitNews(WakeReason.BROADCAST);
      assertThat(post).isNotNull();
    }
  }

  @Test
  void soIsAConnectionToItsOwnPort() throws IOException {
    try (var post = watched();
        var direct = new Socket(InetAddress.getLoopbackAddress(), itsPort)) {
      assertThat(direct.isConnected()).isTrue();
      awaitNews(WakeReason.BROADCAST);
      assertThat(post).isNotNull();
    }
  }

  @Test
  void soIsALineInItsPipe() throws IOException {
    try (var post = watched()) {
      child.orElseThrow().getOutputStream().write(new byte[] {'\n'});
      child.orElseThrow().getOutputStream().flush();
      awaitNews(WakeReason.BROADCAST);
      assertThat(post).isNotNull();
    }
  }

  @Test
  void whatCameBeforeIsFoundByTheFirstLookUnderTheSameNameEachTime() throws IOException {
    toIt().write(1);
    try (var first = tower.begin(List.of(), news::add);
        var second = tower.begin(List.of(), news::add)) {
      await().atMost(SOON).until(() -> !second.watch(stopped()).isEmpty());
      assertThat(first.watch(stopped()))
          .singleElement()
          .asString()
          .startsWith(child.orElseThrow().pid() + " ")
          .contains("socket:[");
    }
    assertThat(news).isEmpty();
  }

  /** A socket that the program closes must close, whoever has looked at it. */
  @Test
  void afterTheEndNothingOfItIsHeldOpen() throws IOException {
    int before = ownDescriptors();
    Warden.Post post = watched();
    assertThat(ownDescriptors()).isGreaterThan(before);
    post.close();
    post.close();
    assertThat(ownDescriptors()).isLessThanOrEqualTo(before + 1); // the set of all
    ProcessRig.signal(child.orElseThrow().pid(), "CONT");
    child.orElseThrow().getOutputStream().write(new byte[] {'\n'});
    child.orElseThrow().getOutputStream().flush();
    peer.orElseThrow().setSoTimeout((int) SOON.toMillis());
    assertThat(peer.orElseThrow().getInputStream().read()).isEqualTo(-1);
    assertThat(news).isEmpty();
  }

  @Test
  void afterTheEndNothingIsNewsEvenThoughTheProgramStillHasItOpen() throws IOException {
    Warden.Post post = watched();
    post.close();
    toIt().write(1);
    Warden.Post other = tower.begin(List.of(), news::add);
    await().atMost(SOON).until(() -> !other.watch(stopped()).isEmpty());
    other.close();
    assertThat(news).isEmpty();
  }

  @Test
  void twoSleepersAreWatchedAndEachHearsOfItsOwn() throws IOException {
    Path file = scratch.resolve("cable.sqlite3");
    Queue<WakeReason> others = new ConcurrentLinkedQueue<>();
    try (var post = watched();
        var other = tower.begin(List.of(file), others::add)) {
      Files.writeString(scratch.resolve("neighbour"), "x");
      Files.writeString(scratch.resolve("cable.sqlite3-wal"), "x");
      await().atMost(SOON).until(() -> others.contains(WakeReason.FILE));
      assertThat(news).isEmpty();
      toIt().write(1);
      awaitNews(WakeReason.BROADCAST);
      assertThat(List.of(post, other)).doesNotContainNull();
    }
  }

  @Test
  void aFileThatIsReplacedOrTouchedIsNewsAndItsNeighbourIsNot() throws IOException {
    Path file = Files.writeString(scratch.resolve("data"), "1");
    Path next = Files.writeString(scratch.resolve("data.next"), "2");
    for (Runnable change :
        List.<Runnable>of(
            () -> file.toFile().setLastModified(1_000),
            () -> next.toFile().renameTo(file.toFile()),
            () -> file.toFile().delete())) {
      news.clear();
      try (var post = tower.begin(List.of(file), news::add)) {
        Files.writeString(scratch.resolve("neighbour"), "x");
        Files.readString(scratch.resolve("neighbour"));
        assertThat(post.watch(List.of())).isEmpty();
        change.run();
        awaitNews(WakeReason.FILE);
      }
    }
  }

  private static int ownDescriptors() throws IOException {
    try (var links = Files.list(Path.of("/proc/self/fd"))) {
      return (int) links.count();
    }
  }
}
