package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runtime that users take home, made of the modules that the POM names. */
class ImageRuntimeIT {
  private static final Pattern MODULES = Pattern.compile("<runtime.modules>(.+)</runtime.modules>");

  @TempDir Path scratch;

  @Test
  void itsModulesAreAllThatDormouseNeeds() throws IOException, InterruptedException {
    Path runtime = scratch.resolve("jre");
    Map<String, String> env =
        Map.of("DORMOUSE_JAVA_HOME", runtime.toString(), "XDG_STATE_HOME", scratch.toString());
    link(runtime);
    try (var validate =
        Child.dormouse(env, "validate", "-f", "manifests/examples/kubernetes/cable.yaml")) {
      validate.await("1 service(s) valid");
    }
    int port = Machine.freePort();
    int admin = Machine.freePort();
    try (var demo =
        Child.dormouse(
            env, "demo", "--listen", "127.0.0.1:" + port, "--admin", "127.0.0.1:" + admin)) {
      demo.await("Open http://127.0.0.1:" + admin + "/demo");
      try (var wake = Child.dormouse(env, "wake", "cable", "--admin", "127.0.0.1:" + admin)) {
        assertEndsWell(wake);
      }
      assertThat(demo.lines()).noneMatch(it -> it.contains("NoClassDefFoundError"));
      assertThat(demo.terminate()).isZero();
    }
  }

  private static void link(Path into) throws IOException, InterruptedException {
    Matcher modules = MODULES.matcher(Files.readString(Path.of("pom.xml")));
    assertThat(modules.find()).isTrue();
    Path tool = Path.of(System.getProperty("java.home"), "bin", "jlink");
    var command = new ArrayList<>(List.of(tool.toString(), "--add-modules", modules.group(1)));
    command.addAll(List.of("--output", into.toString()));
    try (var linked = Child.start(Map.of(), command)) {
      assertEndsWell(linked);
    }
  }

  private static void assertEndsWell(Child child) throws InterruptedException {
    assertThat(child.process().waitFor(3, TimeUnit.MINUTES)).isTrue();
    child.awaitEnd();
    assertThat(child.process().exitValue()).as(String.join("\n", child.lines())).isZero();
  }
}
