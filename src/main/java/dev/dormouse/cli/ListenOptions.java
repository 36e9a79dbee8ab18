package dev.dormouse.cli;

import dev.dormouse.logging.LogFormat;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** Where a server listens and how it logs. */
final class ListenOptions {
  @Option(
      names = "--listen",
      defaultValue = "127.0.0.1:8080",
      converter = HostPort.Converter.class,
      paramLabel = "HOST:PORT",
      description = "Where clients connect (default: ${DEFAULT-VALUE}).")
  private HostPort listen = new HostPort("127.0.0.1", 8080);

  @Option(
      names = "--admin",
      defaultValue = "127.0.0.1:8081",
      converter = HostPort.Converter.class,
      paramLabel = "HOST:PORT",
      description = "Live page, metrics, health (default: ${DEFAULT-VALUE}).")
  private HostPort admin = new HostPort("127.0.0.1", 8081);

  @Option(
      names = "--log-format",
      defaultValue = "text",
      paramLabel = "FORMAT",
      description = "text, or json: one object a line (default: ${DEFAULT-VALUE}).")
  private LogFormat logFormat = LogFormat.TEXT;

  ListenOptions() {}

  /**
   * Those that are given, by their names.
   *
   * @throws IllegalArgumentException if one has a value that it cannot have
   */
  ListenOptions(Function<String, Optional<String>> given) {
    listen = given.apply("--listen").map(HostPort::parse).orElse(listen);
    admin = given.apply("--admin").map(HostPort::parse).orElse(admin);
    logFormat = given.apply("--log-format").map(LogFormat::parse).orElse(logFormat);
  }

  HostPort listen() {
    return listen;
  }

  HostPort admin() {
    return admin;
  }

  LogFormat logFormat() {
    return logFormat;
  }
}
