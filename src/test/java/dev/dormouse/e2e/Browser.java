package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real Chromium. What it is told to see may come within half a minute. */
final class Browser implements AutoCloseable {
  private static final Path SCREENSHOTS =
      Path.of(System.getProperty("dormouse.basedir"), "target/screenshots");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Child node = Child.node(Map.of(), "browser.mjs");
  private int commands;

  /** One of its pages. */
  record Page(Browser browser, String name) {
    Page click(String selector) {
      return tell("click", Map.of("selector", selector));
    }

    /** Types into a field. */
    Page fill(String selector, String text) {
      return tell("fill", Map.of("selector", selector, "text", text));
    }

    /** Waits until an element is visible whose text matches a regular expression. */
    Page see(String selector, String text) {
      return tell("see", Map.of("selector", selector, "text", text));
    }

    Page shot(String file) {
      return tell("shot", Map.of("file", SCREENSHOTS.resolve(file + ".png").toString()));
    }

    void close() {
      var _ = tell("close", Map.of());
    }

    private Page tell(String command, Map<String, Object> fields) {
      browser.tell(command, name, fields);
      return this;
    }
  }

  Page open(String name, String url) {
    return open(name, url, Map.of());
  }

  /** With a {@code width} and a {@code scheme}, which is light or dark. */
  Page open(String name, String url, Map<String, Object> look) {
    var fields = new HashMap<>(look);
    fields.put("url", url);
    tell("open", name, fields);
    return new Page(this, name);
  }

  /** What pages complained of on their consoles. */
  List<String> complaints() {
    return node.lines().stream().filter(line -> line.contains("\"page-error\"")).toList();
  }

  private void tell(String command, String page, Map<String, Object> fields) {
    var line = new HashMap<>(fields);
    String n = "\"n\":" + ++commands + ",";
    line.putAll(Map.of("cmd", command, "page", page, "n", commands));
    try {
      node.say(JSON.writeValueAsString(line));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String end = "\"n\":" + commands + "}";
    String answer =
        node.await(
            command + " on " + page,
            it ->
                (it.contains("\"done\"") && it.contains(end))
                    || (it.contains("\"failed\"") && it.contains(n)),
            0,
            Duration.ofSeconds(60));
    assertThat(answer).as(command + " " + line).contains("\"done\"");
  }

  @Override
  public void close() {
    try {
      node.process().outputWriter(java.nio.charset.StandardCharsets.UTF_8).close();
      var _ = node.process().waitFor(20, TimeUnit.SECONDS);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      node.close();
    }
  }
}
