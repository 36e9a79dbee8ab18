package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.Refusal;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Workloads that hang up on handshakes: broken, not ready, or refusing one client. */
class HangUpIT {
  private static final String UPGRADE = "Upgrade: ";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  private final Rig rig = new Rig(Specs.at("/cable").hold(Duration.ofSeconds(20)));

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void whatHangsUpOnEverybodyIsToldAndWhoeverWaitsIsServedByTheNextOne() throws Exception {
    try (Upstream broken = Upstream.playing(Wire::close);
        Wire client = rig.held()) {
      rig.admit(broken.endpoint());
      awaitEvent("broken cable DEAF");
      rig.gate.apply(new Waiters.Hold()); // as the control side does that replaces it
      rig.admit(broken.endpoint());
      rig.gate.apply(new Waiters.Hold());
      try (Upstream next = Upstream.accepting()) {
        rig.admit(next.endpoint());
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      }
    }
  }

  @Test
  void whatAnswersSoonIsWaitedFor() throws Exception {
    try (Upstream slow = Upstream.playing(new Booting(4)::play);
        Wire client = rig.held()) {
      rig.admit(slow.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      assertThat(rig.events).noneMatch(it -> it.startsWith("broken"));
    }
  }

  /** Accepts, as docker's proxy does before there is a server behind it. */
  private static final class Booting {
    private int left;

    Booting(int hangUps) {
      left = hangUps;
    }

    synchronized void play(Wire wire) throws IOException {
      if (left-- > 0) {
        wire.close();
      } else {
        Upstream.accept(wire);
      }
    }
  }

  @Test
  void aServerThatRefusesOneClientByHangingUpIsLeftAlone() throws Exception {
    Upstream.Script script =
        wire -> {
          String head = wire.head();
          if (head.contains("Token: good")) {
            wire.send(Upstream.switching());
          } else if (head.contains(UPGRADE)) {
            wire.close();
          } else {
            wire.send(OK).close();
          }
        };
    try (Upstream upstream = Upstream.playing(script)) {
      rig.admit(upstream.endpoint());
      try (Wire good = rig.connect().send(Wire.upgrade("/cable", "Token: good"))) {
        assertThat(good.head()).startsWith("HTTP/1.1 101 ");
      }
      for (int i = 0; i < 3; i++) {
        try (Wire bad = rig.connect().send(Wire.upgrade("/cable"))) {
          assertThat(bad.head()).startsWith("HTTP/1.1 502 ");
        }
      }
      assertThat(rig.events).noneMatch(it -> it.startsWith("broken"));
    }
  }

  @Test
  void oneThatAnswersOtherRequestsAndHasTakenNobodyIsReplacedOnceOnly() throws Exception {
    Upstream.Script script =
        wire -> {
          if (!wire.head().contains(UPGRADE)) {
            wire.send(OK);
          }
          wire.close();
        };
    try (Upstream upstream = Upstream.playing(script)) {
      rig.admit(upstream.endpoint());
      try (Wire first = rig.connect().send(Wire.upgrade("/cable"))) {
        awaitEvent("broken cable DEAF");
        rig.gate.apply(
            new Waiters.Refuse(Refusal.of(Refusal.Reason.START_FAILED, "as the test says")));
        assertThat(first.head()).startsWith("HTTP/1.1 503 ");
      }
      rig.admit(upstream.endpoint());
      try (Wire second = rig.connect().send(Wire.upgrade("/cable"))) {
        assertThat(second.head()).startsWith("HTTP/1.1 502 ");
      }
      assertThat(rig.events).filteredOn(it -> it.startsWith("broken")).hasSize(1);
    }
  }

  private void awaitEvent(String event) {
    await().atMost(Duration.ofSeconds(30)).until(() -> rig.events.contains(event));
  }
}
