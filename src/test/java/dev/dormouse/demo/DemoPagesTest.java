package dev.dormouse.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DemoPagesTest {
  private final URI cable = URI.create("ws://127.0.0.1:28080/cable?a=1&b=2");
  private final String page = DemoPages.scoreboard(cable);

  @Test
  void tellsTheScriptWhereTheCableIs() {
    assertThat(page)
        .contains(
            "<meta name=\"action-cable-url\" content=\"ws://127.0.0.1:28080/cable?a=1&amp;b=2\">")
        .doesNotContain("{{");
    assertThat(DemoPages.connectSources(cable)).isEqualTo("'self' ws://127.0.0.1:28080");
  }

  /** The admin port's policy admits one style and one script, by their hashes. */
  @Test
  void worksUnderAPolicyThatAdmitsOneStyleAndOneScriptOnly() {
    assertThat(page).containsOnlyOnce("<style>").containsOnlyOnce("<script>");
    assertThat(page).doesNotContainPattern("<(style|script)\\s").doesNotContain("<link rel=\"sty");
    assertThat(page).doesNotContainPattern("<[^>]*\\s(style|on[a-z]+)=");
  }

  @Test
  void needsNothingFromElsewhereAndWritesTextOnlyAsText() {
    var addresses = Pattern.compile("(?:https?:)?//[\\w.-]+").matcher(page);
    assertThat(addresses.results().map(match -> match.group()).distinct())
        .containsExactlyInAnyOrder("http://www.w3.org", "//127.0.0.1");
    assertThat(page).doesNotContain("innerHTML", "insertAdjacent", "document.write", "eval(");
  }
}
