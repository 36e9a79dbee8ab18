package dev.dormouse.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The page of the demo: one HTML file without external parts. */
public final class DemoPages {
  private DemoPages() {}

  /**
   * The live scoreboard. It reads the cable's state from {@code /events} of its own origin, and
   * connects only when a person asks for it.
   *
   * @param cable where a browser reaches the cable through the activator: {@code ws://HOST/cable}
   */
  public static String scoreboard(URI cable) {
    try (var page = DemoPages.class.getResourceAsStream("scoreboard.html")) {
      return new String(Objects.requireNonNull(page).readAllBytes(), StandardCharsets.UTF_8)
          .replace("{{cable}}", cable.toASCIIString().replace("&", "&amp;"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the scoreboard's script connects to, as in CSP's {@code connect-src}. */
  public static String connectSources(URI cable) {
    return "'self' " + cable.getScheme() + "://" + cable.getRawAuthority();
  }
}
