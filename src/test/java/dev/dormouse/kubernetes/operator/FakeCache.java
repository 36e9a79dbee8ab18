package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.watch.Cached;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Optional;

/** Has seen of one service what it is told. */
public final class FakeCache implements Cached {
  private static final ObjectMapper JSON = new ObjectMapper();

  public Optional<Service> service = Optional.empty();
  public List<EndpointSlice> slices = List.of();
  public List<Pod> pods = List.of();
  List<HasMetadata> targets = List.of();

  /** As the API server would show it. */
  public static <T> T as(Class<T> type, ObjectNode tree) {
    return JSON.convertValue(tree, type);
  }

  public void deployment(ObjectNode tree) {
    targets = List.of(as(Deployment.class, tree));
  }

  @Override
  public Optional<Service> service(ServiceId id) {
    return service;
  }

  @Override
  public Optional<EndpointSlice> slice(ServiceId id, String name) {
    return slices.stream().filter(it -> it.getMetadata().getName().equals(name)).findFirst();
  }

  @Override
  public Optional<HasMetadata> target(ScaleTarget target) {
    return targets.stream()
        .filter(it -> it.getMetadata().getName().equals(target.name()))
        .findFirst();
  }

  @Override
  public List<Pod> pods(ServiceId id) {
    return pods;
  }

  @Override
  public List<HasMetadata> labelled(ServiceId id) {
    return targets;
  }
}
