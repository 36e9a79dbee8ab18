package dev.dormouse.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.NetUtil;
import java.util.List;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Against DNS rebinding: a web page can make a browser ask us under a name of its own, but not
 * under an address, {@code localhost} or our own name.
 */
record HostCheck(String ownName) {
  boolean admits(HttpServerRequest request) {
    List<String> hosts = request.requestHeaders().getAll(HttpHeaderNames.HOST);
    return switch (hosts.size()) {
      case 0 -> request.version().equals(HttpVersion.HTTP_1_0); // a health checker, not a browser
      case 1 -> admits(hosts.getFirst());
      default -> false;
    };
  }

  private boolean admits(String host) {
    if (host.startsWith("[")) {
      return host.matches("\\[[^\\]]*\\](:\\d+)?")
          && NetUtil.isValidIpV6Address(host.substring(1, host.indexOf(']')));
    }
    String name = host.replaceFirst(":\\d+$", "");
    return NetUtil.isValidIpV4Address(name)
        || name.equalsIgnoreCase("localhost")
        || name.equalsIgnoreCase(ownName);
  }
}
