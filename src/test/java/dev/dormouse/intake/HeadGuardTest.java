package dev.dormouse.intake;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a guard keeps, what it lets pass, and when it has had enough. */
class HeadGuardTest {
  private static final String HEAD = "GET / HTTP/1.1\r\nHost: h\r\nX: some value\r\n\r\n";

  private final List<Integer> kept = new ArrayList<>();
  private final List<Boolean> flaws = new ArrayList<>();
  private int most = Integer.MAX_VALUE;
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new HeadGuard(
              () -> 1000,
              new HeadGuard.Watch() {
                @Override
                public void flawed(boolean large) {
                  flaws.add(large);
                }

                @Override
                public boolean keeps(int bytes) {
                  kept.add(bytes);
                  return bytes <= most;
                }
              }));

  private ByteBuf send(String text) {
    ByteBuf shared = Unpooled.directBuffer(64 * 1024).writeBytes(text.getBytes(ISO_8859_1));
    channel.writeInbound(shared.retain());
    return shared;
  }

  private void sendPart(String text) {
    ByteBuf shared = send(text);
    assertThat(shared.refCnt()).as("the read buffer is free again").isEqualTo(1);
    shared.release();
  }

  private String passed() {
    var all = new StringBuilder();
    for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
      all.append(next.toString(ISO_8859_1));
      next.release();
    }
    return all.toString();
  }

  @Test
  void aHeadPassesWhenItIsCompleteAndWasKeptInABufferOfItsOwnUntilThen() {
    for (char next : HEAD.substring(0, HEAD.length() - 1).toCharArray()) {
      sendPart(String.valueOf(next));
      assertThat(passed()).isEmpty();
    }
    assertThat(kept).isSorted().allMatch(bytes -> bytes <= 2 * HEAD.length());
    sendPart("\n");
    assertThat(passed()).isEqualTo(HEAD);
    assertThat(kept.getLast()).isZero();
  }

  /** Whichever way it is cut, the same bytes pass, and no part of a head does. */
  @Test
  void howItIsCutMakesNoDifference() {
    var random = new Random(7);
    String three = "\r\n" + HEAD + HEAD + "\r\n" + HEAD;
    for (int i = 0; i < 500; i++) {
      var all = new StringBuilder();
      for (int at = 0; at < three.length(); ) {
        int next = Math.min(three.length(), at + 1 + random.nextInt(60));
        sendPart(three.substring(at, next));
        String more = passed();
        assertThat(more).matches("(?s)(.*\r\n)?[\r\n]*");
        all.append(more);
        at = next;
      }
      assertThat(all).hasToString(three);
    }
    assertThat(flaws).isEmpty();
  }

  @Test
  void whatFollowsTheLastHeadPassesAsItComes() {
    sendPart("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na");
    send("bc").release();
    assertThat(passed()).endsWith("\r\n\r\nabc");
  }

  @Test
  void moreThanIsAllowedIsToldAtOnceAndNothingPasses() {
    sendPart("GET / HTTP/1.1\r\n" + ("a:" + "b".repeat(400) + "\r\n").repeat(2));
    assertThat(flaws).isEmpty();
    sendPart("a:" + "b".repeat(400));
    assertThat(flaws).containsExactly(true);
    assertThat(passed()).isEmpty();
  }

  @Test
  void whatThereIsNoRoomForIsNotKept() {
    most = 0;
    sendPart("GET / HT");
    assertThat(passed()).isEmpty();
  }
}
