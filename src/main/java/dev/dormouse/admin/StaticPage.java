package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.function.Supplier;

/**
 * One HTML page that needs nothing else: its style and its script stand in one {@code <style>} and
 * one {@code <script>} element without attributes, and nothing but these two is allowed to run.
 *
 * @param html called for every request, on an event loop
 * @param connectSources where the script may connect to, as in CSP's {@code connect-src}
 */
public record StaticPage(Supplier<String> html, String connectSources) {
  /**
   * A page from the class path, read anew for every request: it is asked for too seldom to keep.
   */
  public static StaticPage resource(Class<?> near, String name, String connectSources) {
    return new StaticPage(() -> read(near, name), connectSources);
  }

  /** The Content-Security-Policy under which this text of the page works. */
  String policy(String text) {
    return "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none';"
        + (" frame-ancestors 'none'; connect-src " + connectSources)
        + ("; style-src " + hash(text, "style") + "; script-src " + hash(text, "script"));
  }

  private static String hash(String text, String element) {
    int start = text.indexOf("<" + element + ">") + element.length() + 2;
    int end = text.indexOf("</" + element + ">", start);
    if (end < 0) {
      return "'none'";
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.substring(start, end).getBytes(UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String read(Class<?> near, String name) {
    try (var in = near.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException(near.getPackageName() + ": " + name);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
