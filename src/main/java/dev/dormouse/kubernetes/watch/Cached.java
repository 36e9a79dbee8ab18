package dev.dormouse.kubernetes.watch;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Optional;

/** What carries the label of a service, as it was seen last. Does no I/O. */
public interface Cached {
  Optional<Service> service(ServiceId id);

  /** Its EndpointSlice of this name. */
  Optional<EndpointSlice> slice(ServiceId id, String name);

  /** What is scaled, if it is known: a Deployment or a StatefulSet with our label. */
  Optional<HasMetadata> target(ScaleTarget target);

  /** The pods that carry the label of a service. */
  List<Pod> pods(ServiceId id);

  /** All scale targets and owned Deployments that are labelled for a service. */
  List<HasMetadata> labelled(ServiceId id);
}
