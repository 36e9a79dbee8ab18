package dev.dormouse.cli;

import dev.dormouse.activator.AllowedUpstreams;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.gate.Networks;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where an activator's clients come from, and where they may be sent. */
final class TrafficOptions {
  @Option(
      names = "--listen",
      defaultValue = "0.0.0.0:8080",
      converter = HostPort.Converter.class,
      paramLabel = "HOST:PORT",
      description = "Where clients connect (default: ${DEFAULT-VALUE}).")
  private HostPort listen = new HostPort("0.0.0.0", 8080);

  @Option(
      names = "--trusted-proxies",
      split = ",",
      converter = Network.class,
      paramLabel = "NETWORK",
      description = {
        "What stands between clients and it, in CIDR notation, separated by commas: believed in",
        "X-Forwarded headers, as loopback is, where access.trustedProxies says nothing else."
      })
  private List<String> trustedProxies = List.of();

  @Mixin private UpstreamOptions upstreams = new UpstreamOptions();
  @Mixin private ProxyOptions proxies = new ProxyOptions();

  HostPort listen() {
    return listen;
  }

  List<String> trustedProxies() {
    return trustedProxies;
  }

  Networks proxyProtocol() {
    return proxies.networks();
  }

  AllowedUpstreams upstreams() {
    return upstreams.allowed();
  }

  /** A network as in manifests. */
  static final class Network implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return Formats.network(text)
          .orElseThrow(
              () -> new TypeConversionException("'" + text + "' is no network like 10.0.0.0/8"));
    }
  }
}
