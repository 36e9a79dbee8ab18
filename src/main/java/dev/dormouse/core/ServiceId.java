package dev.dormouse.core;

/**
 * The name of one service, unique in a process. On one machine the namespace is {@code default}
 * unless the manifest says otherwise.
 */
public record ServiceId(String namespace, String name) implements Comparable<ServiceId> {
  /** Another service of the same namespace. */
  public ServiceId sibling(String otherName) {
    return new ServiceId(namespace, otherName);
  }

  @Override
  public int compareTo(ServiceId other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  /** Reads what {@link #toString} writes. */
  public static ServiceId parse(String text) {
    int slash = text.indexOf('/');
    return new ServiceId(text.substring(0, Math.max(slash, 0)), text.substring(slash + 1));
  }

  /** {@code namespace/name}, the key of every log line. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
