package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.e2e.CableExample.Kind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole Rails application behind {@code http: Wake}, and its pages in Chromium. */
class RailsPageIT {
  @TempDir Path scratch;

  @Test
  void aPageWakesItLoadsItsScriptAndThenItsSocketIsLive() throws Exception {
    String patient = "idleTimeout: 5m";
    CableExample example = CableExample.in(scratch.resolve("manifests"), Kind.RAILS, patient);
    try (var machine = new Machine(example.manifests(), scratch.resolve("state"));
        var browser = new Browser()) {
      assertThat(machine.phase("app")).isEqualTo("Dormant");
      String url = "http://127.0.0.1:" + machine.port + "/";
      var reader = browser.open("reader", url);
      reader.see("#state", "^live$");
      var writer = browser.open("writer", url);
      writer.see("#state", "^live$");
      writer.fill("#points", "4711").click("input[type=submit]");
      writer.see("li", "^4711$");
      reader.see("li", "^4711$");
      assertThat(machine.starts("app")).isOne();
      assertThat(browser.complaints()).isEmpty();
      reader.close();
      writer.close();
      example.declare("idleTimeout: 1s\n  minimumUptime: 0s", text -> text);
      machine.awaitPhase("app", "Dormant");
    }
  }
}
