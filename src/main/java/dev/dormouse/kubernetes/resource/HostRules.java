package dev.dormouse.kubernetes.resource;

import dev.dormouse.core.ServiceId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which hosts a service may claim at all, whoever else does: not the names of other Services, and
 * what the annotation of its namespace allows. Hosts are in lower case. Not thread-safe.
 *
 * <pre>
 * host                                  may be claimed by
 * NAME.NAMESPACE.svc, whatever follows  that service
 * NAME.NAMESPACE of a known namespace   that service; another that had it before the namespace keeps it
 * a single word but localhost           whose namespace lists it: it means another Service to everybody
 * any other                             whose namespace allows it; of an unknown one who has it already
 * </pre>
 */
final class HostRules {
  private static final String SVC = "svc";

  private final Map<String, HostClaims> namespaces = new HashMap<>();
  private final Optional<HostClaims> others;
  private boolean unreadable;

  private HostRules(Optional<HostClaims> others) {
    this.others = others;
  }

  /** Namespaces allow what is said of them, and those of which nothing is known nothing new. */
  static HostRules byNamespace() {
    return new HostRules(Optional.empty());
  }

  /** Namespaces of which nothing is known allow any host. */
  static HostRules unbounded() {
    return new HostRules(Optional.of(HostClaims.of(Optional.empty())));
  }

  /** There is such a namespace, and it allows this. */
  void put(String namespace, Optional<String> annotation) {
    namespaces.put(namespace, HostClaims.of(annotation));
  }

  void remove(String namespace) {
    namespaces.remove(namespace);
  }

  /** Nothing will be known of namespaces that are not known by now. */
  void unreadable() {
    unreadable = true;
  }

  /** False of a namespace of which there will be more to know. */
  boolean isDecided(String namespace) {
    return unreadable || claims(namespace).isPresent();
  }

  private Optional<HostClaims> claims(String namespace) {
    return Optional.ofNullable(namespaces.get(namespace)).or(() -> others);
  }

  /** Whether a host is a name of this service in the cluster. */
  static boolean isOwn(ServiceId id, String host) {
    String name = id.name() + "." + id.namespace();
    return host.equals(name)
        || host.startsWith(name + "." + SVC + ".")
        || host.equals(name + "." + SVC);
  }

  /** Whether a namespace may have paths of a host where another has some. */
  boolean shares(String namespace, String host) {
    return claims(namespace).filter(it -> it.names(host)).isPresent();
  }

  /**
   * Why a service may not claim a host.
   *
   * @param held whether it has it already
   */
  Optional<String> objection(ServiceId id, String host, boolean held) {
    if (isOwn(id, host)) {
      return Optional.empty();
    }
    String[] labels = host.split("\\.", -1);
    for (int i = 2; i < labels.length; i++) {
      if (labels[i].equals(SVC)) {
        return isName(host, labels[i - 2], labels[i - 1]);
      }
    }
    if (labels.length == 2 && namespaces.containsKey(labels[1]) && !held) {
      return isName(host, labels[0], labels[1]);
    }
    Optional<HostClaims> claims = claims(id.namespace());
    if (labels.length == 1
        && !host.equals("localhost")
        && claims.filter(it -> it.names(host)).isEmpty()) {
      return Optional.of(host + " is another Service in every namespace: claim a whole name");
    }
    if (claims.isEmpty()) {
      return held ? Optional.empty() : Optional.of(host + ": " + unknown(id.namespace()));
    }
    return claims.get().allows(host)
        ? Optional.empty()
        : Optional.of(
            host + " is not in " + HostClaims.ANNOTATION + " of the namespace " + id.namespace());
  }

  private static Optional<String> isName(String host, String name, String namespace) {
    return Optional.of(host + " is a name of the Service " + namespace + "/" + name);
  }

  private static String unknown(String namespace) {
    return "what the namespace " + namespace + " may claim cannot be read";
  }
}
