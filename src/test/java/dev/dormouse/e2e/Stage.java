package dev.dormouse.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetSocketAddress;
import java.util.Collection;

/** Where services run: one machine, or a cluster. What the promises need to know of it. */
interface Stage extends AutoCloseable {
  /** The region that it runs in. */
  String REGION = "iad";

  /** Makes these the services that there are. Takes effect soon, not at once. */
  void declare(Collection<Manifest> manifests);

  /** Where clients connect. */
  InetSocketAddress door();

  /** The Host header that leads to a service whose routes name none. */
  String host(String service);

  /** Whether clients find the service: who decides may know of it before. */
  default boolean knows(String service) {
    return true;
  }

  /** The status of a service, in the shape of the resource's; missing if there is none. */
  JsonNode status(String service);

  /** How many processes or pods run for a service, those that are about to end included. */
  int running(String service);

  @Override
  void close();
}
