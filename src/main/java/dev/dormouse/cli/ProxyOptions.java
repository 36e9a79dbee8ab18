package dev.dormouse.cli;

import dev.dormouse.api.schema.Formats;
import dev.dormouse.gate.Networks;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** From where connections begin with a header of the PROXY protocol. */
final class ProxyOptions {
  @Option(
      names = "--proxy-protocol",
      split = ",",
      converter = TrafficOptions.Network.class,
      paramLabel = "NETWORK",
      description = {
        "Connections from here, in CIDR notation, separated by commas, begin with a header of the",
        "PROXY protocol, version 1 or 2, which says who the client is. Default: none."
      })
  private List<String> networks = List.of();

  ProxyOptions() {}

  /**
   * Those that are given, by their names.
   *
   * @throws IllegalArgumentException if one has a value that it cannot have
   */
  ProxyOptions(Function<String, Optional<String>> given) {
    networks =
        given.apply("--proxy-protocol").map(it -> it.split(",", -1)).stream()
            .flatMap(Stream::of)
            .map(ProxyOptions::parse)
            .toList();
  }

  private static String parse(String text) {
    return Formats.network(text).orElseThrow(() -> new IllegalArgumentException(text));
  }

  Networks networks() {
    return Networks.of(networks);
  }
}
