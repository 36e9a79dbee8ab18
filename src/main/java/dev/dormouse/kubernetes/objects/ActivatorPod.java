package dev.dormouse.kubernetes.objects;

import java.util.List;
import java.util.Optional;

/**
 * One ready activator, as it stands in EndpointSlices.
 *
 * @param node that it runs on; empty if it does not say
 * @param zone of that node, if that is known
 * @param addresses one of each family that it has, the primary one first
 */
public record ActivatorPod(
    String namespace,
    String name,
    String uid,
    Optional<String> node,
    Optional<String> zone,
    List<String> addresses)
    implements Comparable<ActivatorPod> {
  /** Its address of this family. */
  public Optional<String> address(Family family) {
    return addresses.stream().filter(it -> Family.of(it) == family).findFirst();
  }

  @Override
  public int compareTo(ActivatorPod other) {
    return name.compareTo(other.name);
  }

  /** Of addresses; an EndpointSlice has one. */
  public enum Family {
    IPV4("IPv4", ""),
    IPV6("IPv6", "-ipv6");

    private final String word;
    private final String suffix;

    Family(String word, String suffix) {
      this.word = word;
      this.suffix = suffix;
    }

    /** The family of an address, by its form. */
    public static Family of(String address) {
      return address.indexOf(':') < 0 ? IPV4 : IPV6;
    }

    /** As Kubernetes has it. */
    public String word() {
      return word;
    }

    /** The EndpointSlice of a service. */
    public String slice(String service) {
      return service + "-dormouse" + suffix;
    }
  }
}
