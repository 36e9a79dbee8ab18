package dev.dormouse.kubernetes.resource;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which hosts the services of a namespace may claim: its annotation {@value #ANNOTATION}, hosts
 * between commas or white space. {@code *.example.com} is any name below example.com, {@code *} any
 * at all. Without the annotation any; what is no host in it allows nothing. Immutable.
 */
public final class HostClaims {
  /** Of a namespace. */
  public static final String ANNOTATION = "dormouse.dev/host-claims";

  private static final String ANY = "*";

  private final Set<String> listed = new HashSet<>();

  private HostClaims(Iterable<String> listed) {
    listed.forEach(this.listed::add);
  }

  /** What the annotation says; empty if there is none. */
  static HostClaims of(Optional<String> annotation) {
    Set<String> listed = new HashSet<>();
    for (String host : annotation.orElse(ANY).split("[,\\s]+", -1)) {
      listed.add(withoutDot(host.toLowerCase(Locale.ROOT)));
    }
    return new HostClaims(listed);
  }

  private static String withoutDot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  /** Whether this host, in lower case, may be claimed. */
  boolean allows(String host) {
    return listed.contains(ANY) || names(host);
  }

  /** Whether somebody has written this host down, or a domain above it. */
  boolean names(String host) {
    boolean named = listed.contains(host);
    for (int dot = host.indexOf('.'); dot >= 0 && !named; dot = host.indexOf('.', dot + 1)) {
      named = listed.contains(ANY + host.substring(dot));
    }
    return named;
  }
}
