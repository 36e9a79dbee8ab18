package dev.dormouse.e2e;

import java.nio.file.Path;

/** The demo's cable server, for tests that need any WebSocket server. */
final class SampleCables {
  private SampleCables() {}

  /** A shell command that becomes it. */
  static String command() {
    return Path.of(System.getProperty("java.home"), "bin/java")
        + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp \""
        + Path.of(System.getProperty("dormouse.home"), "lib")
        + "/*\" dev.dormouse.demo.SampleCable";
  }
}
