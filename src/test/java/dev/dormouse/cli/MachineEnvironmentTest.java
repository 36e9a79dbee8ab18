package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dormouse.activator.AllowedUpstreams.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a machine and its installation are trusted with, and what they are told. */
final class MachineEnvironmentTest {
  @TempDir private Path scratch;

  @Test
  void flysProxyIsTrustedOnFlyAndNobodyButThisMachineElsewhere() throws UserError {
    assertThat(MachineEnvironment.context(Optional.empty(), Map.of()).trustedProxies())
        .containsExactly("127.0.0.0/8", "::1/128");
    assertThat(
            MachineEnvironment.context(Optional.empty(), Map.of("FLY_APP_NAME", "a"))
                .trustedProxies())
        .containsExactly("127.0.0.0/8", "::1/128", "172.16.0.0/12");
  }

  @Test
  void whoHasNoHomeIsToldToNameAPlace() throws UserError {
    assertThat(StateHome.resolve("/var/state", "?")).isEqualTo(Path.of("/var/state/dormouse"));
    assertThat(StateHome.resolve("relative", "/home/a"))
        .isEqualTo(Path.of("/home/a/.local/state/dormouse"));
    assertThatThrownBy(() -> StateHome.resolve(null, "?"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--state-dir");
    assertThatThrownBy(() -> StateHome.resolve("", "")).isInstanceOf(UserError.class);
  }

  @ParameterizedTest
  @CsvSource({"rw-------, 0", "rw-r-----, 0", "r--r--r--, 1", "rw-rw----, 1", "rw-r--r--, 1"})
  void aTokenThatOthersReadIsWarnedOf(String permissions, int warnings) throws Exception {
    AdminToken token = token(permissions);
    assertThat(token.read()).contains("0123456789abcdef");
    assertThat(token.warnings()).hasSize(warnings);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-rw-rw-", "rw-----w-"})
  void aTokenThatOthersWriteIsRefused(String permissions) throws Exception {
    AdminToken token = token(permissions);
    assertThatThrownBy(token::warnings)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("token: others may write the token");
  }

  private AdminToken token(String permissions) throws Exception {
    Path file = Files.writeString(scratch.resolve("token"), "0123456789abcdef\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return new AdminToken(Optional.of(file));
  }

  @ParameterizedTest
  @CsvSource({
    "iad.internal, iad.internal, ",
    "iad.internal:80, iad.internal, 80",
    "10.0.0.7:8080, 10.0.0.7, 8080",
    "[fd00::7]:8080, fd00::7, 8080",
    "[fd00::7], [fd00::7], ",
    "fd00::7, fd00::7, "
  })
  void anUpstreamIsAllowedByHostOrByHostAndPort(String text, String name, Integer port) {
    var expected = new Host(name, port == null ? OptionalInt.empty() : OptionalInt.of(port));
    assertThat(UpstreamOptions.parse(text)).isEqualTo(expected);
    assertThat(new UpstreamOptions(_ -> Optional.of(text)).allowed().hosts())
        .isEqualTo(List.of(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "iad:0", "iad:x", "iad:99999", "http://iad", "a/b", ":80", "*"})
  void anythingElseIsRefusedWithAnExample(String text) {
    assertThatThrownBy(() -> UpstreamOptions.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("iad.internal");
  }
}
