package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.dormouse.testing.Specs;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.Level;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a relayed message costs in objects: a count, which no load on the machine changes. */
class AllocationIT {
  private static final int WARM_UP = 2_000;
  private static final int ROUND_TRIPS = 50_000;

  private static final byte[] MESSAGE = Frame.text("x".repeat(64)).asMasked().bytes();
  private static final byte[] ANSWER = Frame.text("x".repeat(64)).bytes();

  /** 0.04 when this was written. The smallest object has 16: one for every message is too much. */
  private static final double MOST_BYTES_PER_MESSAGE = 8;

  private final Level before = ResourceLeakDetector.getLevel();
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @AfterEach
  void trackBuffersAgain() {
    ResourceLeakDetector.setLevel(before);
  }

  @Test
  void nothingIsAllocatedForAMessage() throws Exception {
    ResourceLeakDetector.setLevel(Level.DISABLED); // it makes records of every touch
    try (var rig = new Rig(Specs.at("/cable"));
        Upstream upstream = Upstream.playing(AllocationIT::answer);
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(Wire.upgrade("/cable")).head();
      exchange(client, WARM_UP);
      long allocated = allocatedByEventLoops();
      exchange(client, ROUND_TRIPS);
      double perMessage = (allocatedByEventLoops() - allocated) / (2.0 * ROUND_TRIPS);
      assertThat(perMessage).isLessThan(MOST_BYTES_PER_MESSAGE);
    }
  }

  private static void exchange(Wire client, int times) throws IOException {
    InputStream in = client.socket().getInputStream();
    byte[] answer = new byte[ANSWER.length];
    for (int i = 0; i < times; i++) {
      client.send(MESSAGE);
      assertThat(in.readNBytes(answer, 0, answer.length)).isEqualTo(answer.length);
    }
  }

  private static void answer(Wire wire) throws IOException {
    Upstream.accept(wire);
    InputStream in = wire.socket().getInputStream();
    byte[] message = new byte[MESSAGE.length];
    while (in.readNBytes(message, 0, message.length) == message.length) {
      wire.send(ANSWER);
    }
  }

  private long allocatedByEventLoops() {
    List<Thread> loops =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("test-"))
            .toList();
    assertThat(loops).isNotEmpty();
    return loops.stream().mapToLong(it -> threads.getThreadAllocatedBytes(it.threadId())).sum();
  }
}
