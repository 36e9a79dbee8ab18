package dev.dormouse.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Those who open the admin port and do not ask. */
class PatienceTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final EmbeddedChannel channel = new EmbeddedChannel();

  PatienceTest() {
    channel.freezeTime();
    channel.pipeline().addLast(new Patience());
  }

  @Test
  void aHeadThatIsNotCompleteInTimeEndsTheConnection() {
    pass(Patience.FIRST.minus(MOMENT));
    assertThat(channel.isOpen()).isTrue();
    pass(MOMENT);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anAnswerMayTakeAnyTimeAndTheNextHeadAnother() {
    for (int i = 0; i < 3; i++) {
      channel.writeInbound(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/events"));
      pass(Duration.ofDays(1));
      channel.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);
      pass(Patience.NEXT.minus(MOMENT));
      assertThat(channel.isOpen()).isTrue();
    }
    pass(MOMENT);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  @Timeout(60)
  void soManyAreLetInWhetherTheyAskOrNot() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try (var port = new AdminPort()) {
      for (int i = 0; i < AdminServer.MAX_CONNECTIONS + 10; i++) {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port.server.port());
        socket.setSoTimeout(1);
        sockets.add(socket);
      }
      await()
          .untilAsserted(
              () -> assertThat(sockets.stream().filter(PatienceTest::isClosed)).hasSize(10));
      for (Socket socket : sockets) {
        socket.close();
      }
      await().ignoreExceptions().until(() -> port.get("/livez").statusCode() == 200);
    }
  }

  private static boolean isClosed(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return false; // it has nothing to say, as it was asked nothing
    }
  }

  private void pass(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
  }
}
