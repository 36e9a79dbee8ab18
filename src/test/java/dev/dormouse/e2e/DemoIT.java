package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo and the live page, used as a person would, in Chromium. */
class DemoIT {
  private static final Map<String, Object> PHONE =
      Map.of("width", 390, "height", 844, "scheme", "dark");

  @TempDir Path scratch;

  @Test
  void aPersonWakesTheCableScoresInTwoWindowsAndWatchesItFallAsleep() {
    int port = Machine.freePort();
    int adminPort = Machine.freePort();
    String admin = "http://127.0.0.1:" + adminPort;
    try (var demo = demo(port, adminPort);
        var browser = new Browser()) {
      demo.await("Open " + admin + "/demo");
      var live = browser.open("live", admin + "/");
      var one = browser.open("one", admin + "/demo");
      live.see("[data-service='default/cable'] [data-field=phase]", "Dormant")
          .shot("1-live-asleep");
      one.see("#state", "asleep").shot("1-demo-asleep");

      one.click("#connect").see("#state", "Waking").shot("2-demo-waking");
      live.see("[data-field=phase]", "Waking").shot("2-live-waking");
      one.see("#link", "You are connected").see("#state", "Awake: 1 socket");
      var two = browser.open("two", admin + "/demo", PHONE);
      two.see("#state", "Awake").click("#connect").see("#link", "You are connected");
      one.click("[data-testid=acorn-3]");
      two.see("[data-testid=score-acorn]", "^3$").click("[data-testid=hazel-2]");
      one.see("[data-testid=score-hazel]", "^2$").see("#log", "from another window");
      one.see("#state", "Awake: 2 sockets").shot("3-demo-awake");
      two.shot("3-demo-awake-phone-dark");
      live.see("[data-field=connections]", "^2$").shot("3-live-awake");

      two.close();
      one.close();
      live.see("[data-field=sentence]", "Nobody here").shot("4-live-counting-down");
      live.see("[data-field=phase]", "Dormant").see("[data-field=wakes] li", "Somebody knocked");
      live.shot("5-live-asleep-again");
      browser.open("phone", admin + "/", PHONE).see("h2", "cable").shot("5-live-phone-dark");
      assertThat(browser.complaints()).isEmpty();
      assertThat(demo.terminate()).isZero();
    }
  }

  @Test
  void theDemoFallsAsleepOnceEverybodyHasLeft() {
    int port = Machine.freePort();
    int adminPort = Machine.freePort();
    try (var demo = demo(port, adminPort);
        var browser = new Browser()) {
      demo.await("Open ");
      var page = browser.open("one", "http://127.0.0.1:" + adminPort + "/demo");
      page.see("#state", "asleep");
      page.click("#connect").see("#link", "You are connected").click("[data-testid=acorn-1]");
      page.see("[data-testid=score-acorn]", "^1$").click("#connect").see("#state", "nobody here");
      page.shot("6-demo-counting-down").see("#state", "The cable is asleep");
      page.shot("7-demo-asleep-again");
      assertThat(browser.complaints()).isEmpty();
    }
  }

  private Child demo(int port, int adminPort) {
    return Child.dormouse(
        Map.of("XDG_STATE_HOME", scratch.toString()),
        "demo",
        "--listen",
        "127.0.0.1:" + port,
        "--admin",
        "127.0.0.1:" + adminPort);
  }
}
