package dev.dormouse.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports that a program started by a test may listen on. They lie below those that the kernel gives
 * to whoever asks for any (32768 to 60999 on Linux): of these, one that was free a moment ago may
 * be the near end of another test's connection.
 */
public final class FreePort {
  private static final int FIRST = 10_000;
  private static final int END = 32_768;

  private FreePort() {}

  /** One that nobody listens on at the loopback address. */
  public static int any() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (IOException taken) {
        // Another, then.
      }
    }
  }
}
