package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.budget.Budget;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Those who open the admin port and do not ask. */
class HeadTimeoutTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final EmbeddedChannel channel = new EmbeddedChannel();

  HeadTimeoutTest() {
    channel.freezeTime();
    channel.pipeline().addLast(new HeadTimeout(channel, new Callers()));
  }

  @Test
  void aHeadThatIsNotCompleteInTimeEndsTheConnection() {
    pass(HeadTimeout.FIRST.minus(MOMENT));
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
      pass(HeadTimeout.NEXT.minus(MOMENT));
      assertThat(channel.isOpen()).isTrue();
    }
    pass(MOMENT);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void whoeverDoesNotTakeTheAnswerIsNotWaitedForLong() {
    channel.writeInbound(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/metrics"));
    var _ = channel.write(LastHttpContent.EMPTY_LAST_CONTENT); // and no flush: nothing leaves
    pass(HeadTimeout.FIRST.minus(MOMENT));
    assertThat(channel.isOpen()).isTrue();
    pass(MOMENT);
    assertThat(channel.isOpen()).isFalse();
  }

  /** Idle ones, such that say half of a head, such that ask and read nothing, viewers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /met",
        "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "POST /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\nx"
      })
  @Timeout(60)
  void aProbeGetsThroughHoweverManyAreThere(String said) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (var port = new AdminPort()) {
      for (int i = 0; i < 2 * Callers.MAX; i++) {
        var socket = new Socket();
        socket.bind(new InetSocketAddress("127.0.0." + (1 + i % 3), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port.server.port()));
        socket.getOutputStream().write(said.getBytes(US_ASCII));
        sockets.add(socket);
        if (i % 16 == 0) {
          assertThat(livez(port)).startsWith("HTTP/1.1 200 ");
        }
      }
      await().until(() -> port.budget.usedBytes() < (Callers.MAX + 1) * 64L * 1024);
      for (Socket socket : sockets) {
        socket.close();
      }
      await().until(() -> port.budget.usedBytes() == 0);
    }
  }

  private static String livez(AdminPort port) throws IOException {
    return port.raw("GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  }

  @Test
  @Timeout(60)
  void answersThatNobodyReadsAreBoundedByTheBudget() throws Exception {
    var limits = new Budget.Limits(4 << 20, 1 << 20, 100);
    List<Socket> sockets = new ArrayList<>();
    try (var port = new AdminPort(limits)) {
      for (int i = 0; i < 500; i++) {
        port.views.add(Views.idle("cable-" + i, Instant.EPOCH, Instant.EPOCH.plusSeconds(9)));
      }
      for (int i = 0; i < 60; i++) {
        var socket = new Socket();
        socket.setReceiveBufferSize(1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port.server.port()));
        String ask = "GET /services HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        socket.getOutputStream().write(ask.repeat(3).getBytes(US_ASCII));
        sockets.add(socket);
        assertThat(port.budget.usedBytes()).isLessThanOrEqualTo(limits.heapBytes() / 8);
      }
      await().until(() -> port.budget.shed(Budget.Kind.ADMIN) > 0);
      assertThat(livez(port)).startsWith("HTTP/1.1 200 ");
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private void pass(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
  }
}
