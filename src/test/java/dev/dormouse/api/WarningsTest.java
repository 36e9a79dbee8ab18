package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.spec.EphemeralPorts;
import dev.dormouse.api.spec.ReaderContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is allowed, and perhaps not meant. */
final class WarningsTest {
  private static final ReaderContext MACHINE = ReaderContext.machine(Optional.empty());

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"32767, 0", "32768, 1", "40000, 1", "60999, 1", "61000, 0", "28080, 0", "0, 0"})
  void aPortOfOutgoingConnections(int port, int warnings) {
    List<String> told = warnings(MACHINE, "port: " + port);
    assertThat(told)
        .hasSize(warnings)
        .allSatisfy(it -> assertThat(it).contains("spec.port: " + port));
  }

  @Test
  void aPodHasItsPortsToItself() {
    ReaderContext pods = ReaderContext.kubernetes(Optional.empty());
    assertThat(warnings(pods, "port: 40000", "image: a")).isEmpty();
  }

  @Test
  void theMachinesOwnRangeCounts() {
    assertThat(EphemeralPorts.of("1024\t65535\n", ""))
        .isEqualTo(new EphemeralPorts(1024, 65_535, ""));
    assertThat(EphemeralPorts.of("", "")).isEqualTo(EphemeralPorts.USUAL);
    assertThat(EphemeralPorts.of("a b", "")).isEqualTo(EphemeralPorts.USUAL);
    ReaderContext reserved = MACHINE.with(EphemeralPorts.of("1024 65535", "8080,x,28000-28100\n"));
    assertThat(warnings(reserved, "port: 8080")).isEmpty();
    assertThat(warnings(reserved, "port: 28080")).isEmpty();
    assertThat(warnings(reserved, "port: 28101")).singleElement().asString().contains("1024-65535");
  }

  @Test
  void aSocketIsForOneMachine() {
    assertThat(warnings(MACHINE, "socket: tmp/cable.sock")).isEmpty();
    ReaderContext pods = ReaderContext.kubernetes(Optional.empty());
    assertThat(warnings(pods, "socket: tmp/cable.sock", "port: 80", "image: a"))
        .singleElement()
        .asString()
        .contains("spec.socket: is for one machine");
  }

  /** A pod cannot be frozen. */
  @ParameterizedTest
  @ValueSource(strings = {"Freeze", "Doze"})
  void aSleepInMemoryIsForOneMachine(String sleep) {
    assertThat(warnings(MACHINE, "sleep: " + sleep, "port: 80")).isEmpty();
    ReaderContext pods = ReaderContext.kubernetes(Optional.empty());
    assertThat(warnings(pods, "sleep: " + sleep, "port: 80", "image: a"))
        .singleElement()
        .asString()
        .contains("spec.sleep: " + sleep + " is for one machine; here it is Stop");
  }

  @Test
  void aSleepThatComesBeforeClientsComeBack() {
    assertThat(warnings(MACHINE, "port: 80", "idleTimeout: 1s", "minimumUptime: 0s"))
        .singleElement()
        .asString()
        .contains("spec.idleTimeout: with minimumUptime it may sleep again after 1s");
    assertThat(warnings(MACHINE, "port: 80", "idleTimeout: 1s")).isEmpty();
    assertThat(warnings(MACHINE, "port: 80", "idleTimeout: 10s", "minimumUptime: 0s")).isEmpty();
    String always = "activation: Always";
    assertThat(warnings(MACHINE, always, "port: 80", "idleTimeout: 1s", "minimumUptime: 0s"))
        .isEmpty();
  }

  @Test
  void aPortThatEnvSetsItself() {
    assertThat(warnings(MACHINE, "port: 80", "env: [{name: PORT, value: '3000'}]"))
        .singleElement()
        .asString()
        .contains("spec.env[0].name: PORT is ours to set");
    assertThat(
            warnings(
                MACHINE,
                "port: 80",
                "env: [{name: PORT, value: $(PORT)}, {name: APP_PORT, value: '3000'}]"))
        .isEmpty();
  }

  @Test
  void aLimitByAddressThatAProxyMakesUseless() {
    String limit = "maxConnectionsPerClient: 5";
    assertThat(warnings(MACHINE, "port: 80", "access: {" + limit + ", allowedOrigins: ['*']}"))
        .singleElement()
        .asString()
        .contains("spec.access.maxConnectionsPerClient: behind a proxy on another machine");
    for (String proxies : List.of("[]", "[10.0.0.0/8]")) {
      assertThat(
              warnings(
                  MACHINE,
                  "port: 80",
                  "access: {"
                      + limit
                      + ", allowedOrigins: ['*'], trustedProxies: "
                      + proxies
                      + "}"))
          .isEmpty();
    }
    assertThat(
            warnings(
                MACHINE.trusting(List.of("172.16.0.0/12")),
                "port: 80",
                "access: {" + limit + ", allowedOrigins: ['*']}"))
        .isEmpty();
    assertThat(
            warnings(
                MACHINE,
                "port: 80",
                "access: {"
                    + limit
                    + ", allowedOrigins: ['*'], trustedProxies: ['0.0.0.0/0', '::/0']}"))
        .hasSize(2)
        .allSatisfy(it -> assertThat(it).contains("trusts everybody"));
  }

  private List<String> warnings(ReaderContext context, String... lines) {
    List<String> spec = new ArrayList<>(List.of("command: [puma]", "path: /cable"));
    spec.addAll(List.of(lines));
    if (spec.stream().noneMatch(it -> it.startsWith("access:"))) {
      spec.add("access: {allowedOrigins: ['*']}");
    }
    String text = Reading.service("cable", spec.toArray(String[]::new));
    return Reading.in(directory).with(context).only(text).warnings();
  }
}
