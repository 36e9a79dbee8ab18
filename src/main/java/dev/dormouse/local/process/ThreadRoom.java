package dev.dormouse.local.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Whether the system lets this process have more threads: a container has so many of them and of
 * processes together, and a user as well.
 */
public final class ThreadRoom {
  /** The child, and the thread on which Java waits for it. */
  public static final int OF_A_CHILD = 2;

  private static final long STACK_BYTES = 64 << 10;

  private ThreadRoom() {}

  /**
   * Makes so many at once, and lets them go. Java would make a child first and fail then, with
   * nobody to wait for it.
   *
   * @throws IOException if they cannot be had
   */
  public static void require(int count) throws IOException {
    var over = new CountDownLatch(1);
    List<Thread> made = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        made.add(
            Thread.ofPlatform()
                .name("dormouse-room")
                .daemon()
                .stackSize(STACK_BYTES)
                .start(() -> await(over)));
      }
    } catch (OutOfMemoryError e) {
      throw new IOException(
          "no more threads and processes are to be had (pids.max of the cgroup, or ulimit -u)", e);
    } finally {
      over.countDown();
      made.forEach(ThreadRoom::join);
    }
  }

  private static void await(CountDownLatch over) {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
