package dev.dormouse.supervisor;

import static dev.dormouse.supervisor.InheritedSockets.Name.ADMIN;
import static dev.dormouse.supervisor.InheritedSockets.Name.LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

class InheritedSocketsTest {
  private static final long PID = 7;

  @BeforeAll
  static void loadTheTransport() {
    Epoll.ensureAvailability();
  }

  @Test
  void theirNamesSayWhatTheyAreFor() throws IOException {
    assertThat(descriptors("2", "admin:listen")).isEqualTo(Map.of(ADMIN, 3, LISTEN, 4));
    assertThat(descriptors("1", "admin")).isEqualTo(Map.of(ADMIN, 3));
    assertThat(descriptors("1", "listen")).isEqualTo(Map.of(LISTEN, 3));
  }

  @Test
  void withoutNamesTheFirstIsForClientsAndTheSecondTheAdminPort() throws IOException {
    assertThat(InheritedSockets.descriptors(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "7"), PID))
        .isEqualTo(Map.of(LISTEN, 3));
    assertThat(InheritedSockets.descriptors(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "7"), PID))
        .isEqualTo(Map.of(LISTEN, 3, ADMIN, 4));
  }

  @Test
  void whatIsMeantForAnotherProcessIsNotTouched() throws IOException {
    assertThat(InheritedSockets.descriptors(Map.of(), PID)).isEmpty();
    assertThat(InheritedSockets.descriptors(Map.of("LISTEN_FDS", "1"), PID)).isEmpty();
    assertThat(InheritedSockets.descriptors(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "8"), PID))
        .isEmpty();
    assertThat(InheritedSockets.descriptors(Map.of("LISTEN_FDS", "0", "LISTEN_PID", "7"), PID))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1, dormouse.socket, FileDescriptorName=listen",
    "2, listen:listen, two sockets of one name",
    "2, listen, LISTEN_FDS is 2",
    "3, listen:admin:x, LISTEN_FDS=3",
    "many, listen, LISTEN_FDS=many",
    "-1, listen, LISTEN_FDS=-1",
  })
  void whatCannotBeMeantIsRefused(String count, String names, String why) {
    assertThatThrownBy(() -> descriptors(count, names))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why);
  }

  @Test
  void theFlagsOfADescriptorSayWhetherItBlocks() throws IOException {
    assertThat(InheritedSockets.blocks("pos:\t0\nflags:\t02000002\nmnt_id:\t10\n")).isTrue();
    assertThat(InheritedSockets.blocks("pos:\t0\nflags:\t02004002\nmnt_id:\t10\n")).isFalse();
  }

  @Test
  void aServerAcceptsWhoWasInTheQueueBeforeItCame() throws Exception {
    var loops = LoopResources.create("inherited", 1, true);
    var socket = listening();
    try (var client = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:" + socket.localAddress().getPort() + "/");
      var early = client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
      DisposableServer server =
          HttpServer.create()
              .host("192.0.2.1")
              .port(9)
              .runOn(new OpenSocketLoops(loops, socket.intValue()))
              .handle((_, response) -> response.sendString(Mono.just("here")))
              .bindNow();
      assertThat(server.address()).isEqualTo(socket.localAddress());
      assertThat(early.join().body()).isEqualTo("here");
      server.disposeNow();
    } finally {
      loops.disposeLater().block();
    }
  }

  @Test
  void whatDoesNotListenIsSeen() throws IOException {
    Socket socket = Socket.newSocketStream();
    assertThat(InheritedSockets.listens(socket.intValue())).isFalse();
    socket.close();
    assertThat(InheritedSockets.listens(socket.intValue())).isFalse();
    Socket datagrams = Socket.newSocketDgram();
    assertThat(InheritedSockets.listens(datagrams.intValue())).isFalse();
    datagrams.close();
    Socket listening = listening();
    assertThat(InheritedSockets.listens(listening.intValue())).isTrue();
    listening.close();
  }

  /** As a supervisor opens it. */
  private static Socket listening() throws IOException {
    Socket socket = Socket.newSocketStream();
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    socket.listen(8);
    return socket;
  }

  private static Map<InheritedSockets.Name, Integer> descriptors(String count, String names)
      throws IOException {
    return InheritedSockets.descriptors(
        Map.of("LISTEN_FDS", count, "LISTEN_PID", "7", "LISTEN_FDNAMES", names), PID);
  }
}
