package dev.dormouse.local;

import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.EnvVar;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Specs of services that matter here only by what is executed and how it is stopped. */
record Specs(
    List<String> command,
    Optional<String> workingDir,
    List<EnvVar> env,
    OptionalInt port,
    Duration grace,
    Optional<String> probePath,
    String revision) {

  /** Listens at $PORT, says so, and accepts for ever. */
  static final String SERVER =
      """
      use IO::Socket::INET;
      $s = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT}, Listen => 5,
        ReuseAddr => 1) or die "cannot bind: $!\\n";
      while (1) { $c = $s->accept; close $c if $c }
      """;

  static Specs of(String... command) {
    return new Specs(
        List.of(command),
        Optional.empty(),
        List.of(),
        OptionalInt.of(0),
        Duration.ofMillis(400),
        Optional.empty(),
        "1");
  }

  static Specs sh(String script) {
    return of("sh", "-c", script);
  }

  static Specs perl(String script) {
    return of("perl", "-e", script);
  }

  Specs port(int number) {
    return new Specs(command, workingDir, env, OptionalInt.of(number), grace, probePath, revision);
  }

  Specs withoutPort() {
    return new Specs(command, workingDir, env, OptionalInt.empty(), grace, probePath, revision);
  }

  Specs grace(Duration period) {
    return new Specs(command, workingDir, env, port, period, probePath, revision);
  }

  Specs in(String dir) {
    return new Specs(command, Optional.of(dir), env, port, grace, probePath, revision);
  }

  Specs probe(String path) {
    return new Specs(command, workingDir, env, port, grace, Optional.of(path), revision);
  }

  Specs env(String... namesAndValues) {
    var list = new java.util.ArrayList<EnvVar>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      list.add(new EnvVar(namesAndValues[i], namesAndValues[i + 1]));
    }
    return new Specs(command, workingDir, List.copyOf(list), port, grace, probePath, revision);
  }

  ServiceSpec spec() {
    return new ServiceSpec(
        Activation.ON_DEMAND,
        new ServiceSpec.Program(command, List.of(), workingDir, env),
        port,
        List.of(),
        Duration.ofMinutes(15),
        Duration.ofSeconds(60),
        ServiceSpec.Sleep.STOP,
        new ServiceSpec.Startup(
            Duration.ofSeconds(30),
            Duration.ofSeconds(15),
            256,
            Duration.ofSeconds(10),
            Duration.ofMinutes(10),
            probePath),
        new ServiceSpec.Shutdown(Duration.ofSeconds(5), grace),
        new ServiceSpec.Retry(
            Duration.ofSeconds(1), Duration.ofSeconds(60), 5, Duration.ofMinutes(5)),
        new ServiceSpec.Keepalive(Duration.ofSeconds(25), 2),
        new ServiceSpec.Access(List.of(), 10_000, 0, List.of()),
        new ServiceSpec.Limits(1 << 20, Duration.ofSeconds(60)),
        new ServiceSpec.Headers(Map.of(), List.of()),
        List.of(),
        List.of(),
        new ServiceSpec.Fallback(503, Duration.ofSeconds(5), Optional.empty()),
        Optional.empty(),
        revision);
  }
}
