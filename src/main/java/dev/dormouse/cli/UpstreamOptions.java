package dev.dormouse.cli;

import dev.dormouse.activator.AllowedUpstreams;
import dev.dormouse.activator.AllowedUpstreams.Host;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** To which hosts clients of services that another region serves may be sent. */
final class UpstreamOptions {
  @Option(
      names = "--allow-upstream",
      converter = Converter.class,
      paramLabel = "HOST[:PORT]",
      description = {
        "A host of servedBy.upstream that may be on a private network or on this machine.",
        "Can be given several times. Default: public addresses only."
      })
  private List<Host> hosts = List.of();

  UpstreamOptions() {}

  /**
   * Those that are given, by their names.
   *
   * @throws IllegalArgumentException if one has a value that it cannot have
   */
  UpstreamOptions(Function<String, Optional<String>> given) {
    hosts = given.apply("--allow-upstream").map(UpstreamOptions::parse).stream().toList();
  }

  AllowedUpstreams allowed() {
    return new AllowedUpstreams(hosts);
  }

  /** An IPv6 address stands in brackets if a port follows. */
  static Host parse(String text) {
    int colon = text.lastIndexOf(':');
    boolean alone =
        colon < 0 || text.endsWith("]") || (text.indexOf(':') < colon && !text.startsWith("["));
    try {
      HostPort at = alone ? new HostPort(text, 0) : HostPort.parse(text);
      if (!at.host().matches("[A-Za-z0-9.:\\[\\]-]+") || (!alone && at.port() == 0)) {
        throw new IllegalArgumentException(text);
      }
      return new Host(at.host(), alone ? OptionalInt.empty() : OptionalInt.of(at.port()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is not HOST or HOST:PORT, such as iad.internal or [fd00::7]:8080", e);
    }
  }

  static final class Converter implements ITypeConverter<Host> {
    @Override
    public Host convert(String text) {
      try {
        return parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
