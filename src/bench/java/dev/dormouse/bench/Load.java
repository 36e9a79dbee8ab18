package dev.dormouse.bench;

import java.io.IOException;
import java.util.Locale;

/**
 * The load generator: one thread, one request under way per socket.
 *
 * <pre>
 * Load echo PORT SOCKETS SIZE WARM_MILLIS MILLIS   messages, rate, round-trip times
 * Load http PORT SOCKETS SIZE WARM_MILLIS MILLIS   requests, rate, times to their answers
 * Load storm PORT SOCKETS PARALLEL                 opens all, then closes them
 * Load hold PORT SOCKETS PARALLEL                  opens all, and closes them at the end of its input
 * </pre>
 *
 * Prints one line of {@code key=value}; times in microseconds, unless named otherwise.
 */
final class Load {
  private Load() {}

  public static void main(String[] args) throws IOException {
    Locale.setDefault(Locale.ROOT);
    int port = Integer.parseInt(args[1]);
    if (args[0].equals("http")) {
      var requester = new Requester(port, number(args, 2), number(args, 3));
      System.out.println(requester.ask(number(args, 4), number(args, 5)));
      requester.close();
      return;
    }
    var crowd = new Crowd(port);
    switch (args[0]) {
      case "echo" -> {
        crowd.open(number(args, 2), 64);
        System.out.println(crowd.echo(number(args, 3), number(args, 4), number(args, 5)));
      }
      case "storm" -> System.out.println(crowd.open(number(args, 2), number(args, 3)));
      case "hold" -> {
        System.out.println(crowd.open(number(args, 2), number(args, 3)));
        crowd.hold();
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
    crowd.close();
  }

  private static int number(String[] args, int index) {
    return Integer.parseInt(args[index]);
  }
}
