package dev.dormouse.local;

import dev.dormouse.testing.Specs;
import java.time.Duration;

/** Services that matter here only by what is executed and how it is stopped. */
public final class Programs {
  /** Listens at $PORT, says so, and accepts for ever. */
  public static final String SERVER =
      """
      use IO::Socket::INET;
      $s = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT}, Listen => 5,
        ReuseAddr => 1) or die "cannot bind: $!\\n";
      while (1) { $c = $s->accept; close $c if $c }
      """;

  private Programs() {}

  public static Specs of(String... command) {
    return Specs.onDemand().routes().command(command).gracePeriod(Duration.ofMillis(400));
  }

  public static Specs sh(String script) {
    return of("sh", "-c", script);
  }

  public static Specs perl(String script) {
    return of("perl", "-e", script);
  }
}
