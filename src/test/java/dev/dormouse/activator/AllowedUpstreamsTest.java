package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.activator.AllowedUpstreams.Host;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AllowedUpstreamsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "168.63.129.16",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void whatOnlySomeCanReachIsNotPublic(String address) throws UnknownHostException {
    assertThat(AllowedUpstreams.isPublic(InetAddress.getByName(address))).isFalse();
    assertThat(AllowedUpstreams.PUBLIC.allows("h", 80, InetAddress.getByName(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.255.255.255",
        "172.15.0.1",
        "172.32.0.1",
        "192.167.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "64:ff9b::101:101",
        "2002:101:101::1",
        "::ffff:1.1.1.1"
      })
  void theRestIs(String address) throws UnknownHostException {
    assertThat(AllowedUpstreams.PUBLIC.allows("h", 80, InetAddress.getByName(address))).isTrue();
  }

  @Test
  void allowsHostsByTheNameThatTheManifestHas() throws UnknownHostException {
    var allowed =
        new AllowedUpstreams(
            List.of(
                new Host("Iad.internal", OptionalInt.empty()),
                new Host("lhr.internal", OptionalInt.of(8080)),
                new Host("fd00::7", OptionalInt.empty())));
    InetAddress address = InetAddress.getByName("10.0.0.7");

    assertThat(allowed.allows("iad.INTERNAL", 1, address)).isTrue();
    assertThat(allowed.allows("lhr.internal", 8080, address)).isTrue();
    assertThat(allowed.allows("lhr.internal", 80, address)).isFalse();
    assertThat(allowed.allows("x.iad.internal", 1, address)).isFalse();
    assertThat(allowed.allows("[FD00::7]", 1, InetAddress.getByName("fd00::7"))).isTrue();
  }
}
