package dev.dormouse.local.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.list;

import dev.dormouse.core.Endpoint;
import dev.dormouse.local.ProcessRig;
import dev.dormouse.local.Programs;
import dev.dormouse.testing.Specs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LaunchTest {
  private static final Map<String, String> INHERITED =
      Map.ofEntries(
          Map.entry("PATH", "/bin"),
          Map.entry("GEM_HOME", "/g"),
          Map.entry("PORT", "1"),
          Map.entry("PIDFILE", "/p"),
          Map.entry("DORMOUSE_X", "1"),
          Map.entry("LISTEN_FDS", "1"),
          Map.entry("LISTEN_PID", "7"),
          Map.entry("LISTEN_FDNAMES", "listen"),
          Map.entry("NOTIFY_SOCKET", "/run/n"),
          Map.entry("WATCHDOG_PID", "7"),
          Map.entry("WATCHDOG_USEC", "9"),
          Map.entry("HOST", "theirs"));

  @Test
  @Tag("D30")
  void inheritsAllButWhatIsDormousesOwn() {
    Launch launch = launch(Programs.of("x"));
    assertThat(launch.env())
        .containsEntry("PATH", "/bin")
        .containsEntry("GEM_HOME", "/g")
        .containsEntry("PORT", "28080")
        .containsEntry("HOST", "127.0.0.1")
        .containsEntry("REGION", "iad")
        .containsEntry("NAME", "cable")
        .doesNotContainKeys("PIDFILE", "DORMOUSE_X");
    assertThat(launch.env().keySet()).noneMatch(it -> it.matches("(LISTEN|NOTIFY|WATCHDOG)_.*"));
  }

  @Test
  @Tag("D30")
  void declaredVariablesWinAndSeeOnlyEarlierOnes() {
    Launch launch =
        launch(
            Programs.of("run", "$(PORT)", "$(LATE)")
                .env("PORT", "9$(PORT)")
                .env("EARLY", "$(LATE)$(GEM_HOME)")
                .env("LATE", "l")
                .workingDir("/srv/$(NAME)"));
    assertThat(launch.env()).containsEntry("PORT", "928080").containsEntry("EARLY", "$(LATE)/g");
    assertThat(launch.command()).containsExactly("run", "928080", "l");
    assertThat(launch.directory()).contains(Path.of("/srv/cable"));
  }

  @Test
  @Tag("D30")
  void withoutAPortThereIsNoPortVariable() {
    var settings = new LocalSettings(Path.of("/s"), "", "127.0.0.1", INHERITED);
    Launch launch =
        Launch.of(ProcessRig.CABLE, Programs.of("x").build(), Optional.empty(), settings);
    assertThat(launch.env()).doesNotContainKey("PORT").containsEntry("REGION", "");
  }

  @Test
  void theMarkerIsThatOfThisServiceAndStateDirectoryAndCannotBeDeclaredAway() {
    Launch launch = launch(Programs.of("x").env("DORMOUSE_SERVICE", "none"));
    assertThat(marker(launch))
        .startsWith("default/cable@")
        .isEqualTo(marker(launch(Programs.of("y"))));
    var elsewhere = new LocalSettings(Path.of("/t"), "", "127.0.0.1", INHERITED);
    assertThat(
            marker(
                Launch.of(ProcessRig.CABLE, Programs.of("x").build(), Optional.empty(), elsewhere)))
        .isNotEqualTo(marker(launch));
  }

  @Test
  void theLimitOfOpenFilesIsSetOnlyIfItIsKnown() throws Exception {
    assertThat(launch(Programs.of("x")).preliminaries())
        .singleElement()
        .asInstanceOf(list(String.class))
        .endsWith("x");
    for (String other : List.of("", "unlimited", "1; reboot", "-1")) {
      assertThat(limited(other).preliminaries()).hasSize(1);
    }
    assertThat(limited("1024").preliminaries().getFirst())
        .startsWith("/bin/sh", "-c")
        .contains("1024")
        .endsWith("x", "a b");
  }

  private static Launch limited(String openFiles) {
    var env = Map.of("PATH", "/bin", Launch.OPEN_FILES, openFiles);
    var settings = new LocalSettings(Path.of("/s"), "", "127.0.0.1", env);
    return Launch.of(ProcessRig.CABLE, Programs.of("x", "a b").build(), Optional.empty(), settings);
  }

  private static String marker(Launch launch) {
    return String.valueOf(launch.env().get(Launch.MARKER));
  }

  private static Launch launch(Specs specs) {
    var settings = new LocalSettings(Path.of("/s"), "iad", "127.0.0.1", INHERITED);
    var endpoint = Optional.of(new Endpoint("127.0.0.1", 28080));
    return Launch.of(ProcessRig.CABLE, specs.build(), endpoint, settings);
  }
}
