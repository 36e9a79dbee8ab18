package dev.dormouse.kubernetes.activator;

import dev.dormouse.control.ServiceView;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.gate.Client;
import dev.dormouse.gate.Gate;
import dev.dormouse.kubernetes.activator.KubernetesActivator.Served;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.stake.StakeHolder;
import dev.dormouse.kubernetes.status.HeldRoute;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The services of one activator with their gates and stakes. Lives on the thread of its stakes, but
 * for what says otherwise.
 */
final class StakedServices {
  /** Changes that come together are told of together. */
  private static final long GATHER_MILLIS = 20;

  private static final long FORGET_MILLIS = 10_000;

  private final StakeHolder.Means means;
  private final Catalog catalog;
  private final Consumer<List<Served>> servedChanged;
  private final Map<ServiceId, Held> held = new ConcurrentSkipListMap<>();
  private boolean complete;
  private boolean toBeTold;

  StakedServices(StakeHolder.Means means, Catalog catalog, Consumer<List<Served>> servedChanged) {
    this.means = means;
    this.catalog = catalog;
    this.servedChanged = servedChanged;
  }

  /** One service; {@code removed} while its last clients leave. */
  private record Held(
      StakeHolder holder, String uid, long generation, List<HeldRoute> routes, boolean removed) {
    boolean isAs(OnDemandService object) {
      return !removed
          && uid.equals(object.getMetadata().getUid())
          && object.getMetadata().getGeneration().equals(generation)
          && routes.equals(object.held());
    }

    Held leaving() {
      return new Held(holder, uid, generation, routes, true);
    }
  }

  /** The watch shows an object. Any thread. */
  void seen(OnDemandService object) {
    means.executor().execute(() -> see(object));
  }

  /** The watch shows that an object is gone. Any thread. */
  void gone(OnDemandService last) {
    means.executor().execute(() -> forget(last));
  }

  /** What services may have has changed. Any thread. */
  void changed() {
    means.executor().execute(this::tellSoon);
  }

  /** From now on all objects are known that there were at the start. Any thread. */
  void complete() {
    means
        .executor()
        .execute(
            () -> {
              complete = true;
              tell();
            });
  }

  private void see(OnDemandService object) {
    ServiceId id = object.id();
    Optional<Held> before = Optional.ofNullable(held.get(id));
    var holder = before.map(Held::holder).orElseGet(() -> holder(id));
    if (before.filter(it -> it.isAs(object)).isEmpty()) {
      catalog.note(object);
      var metadata = object.getMetadata();
      held.put(
          id, new Held(holder, metadata.getUid(), metadata.getGeneration(), object.held(), false));
      tellSoon();
    }
    holder.observed(ServiceObject.read(object.tree()));
  }

  private StakeHolder holder(ServiceId id) {
    return new StakeHolder(id, means, () -> idleTimeout(id));
  }

  /** Nobody comes back to what is gone. */
  private Duration idleTimeout(ServiceId id) {
    return catalog
        .standing(id)
        .effective()
        .map(it -> it.spec().idleTimeout())
        .orElse(Duration.ZERO);
  }

  /** What runs for this service is of no use to whoever dials it. Any thread. */
  void broken(ServiceId id, FailureReason reason) {
    Optional.ofNullable(held.get(id)).ifPresent(it -> it.holder().broken(reason));
  }

  private void forget(OnDemandService last) {
    ServiceId id = last.id();
    var _ = catalog.remove(id);
    Optional.ofNullable(held.get(id))
        .ifPresent(
            it -> {
              held.put(id, it.leaving());
              it.holder().deleted(ServiceObject.read(last.tree()));
              forgetLater(id);
            });
    tellSoon();
  }

  /** Its gate counts those who are still leaving. */
  private void forgetLater(ServiceId id) {
    var _ =
        means
            .executor()
            .schedule(
                () -> {
                  Held it = held.get(id);
                  if (it != null && it.removed() && it.holder().gate().demand().any()) {
                    forgetLater(id);
                  } else if (it != null && it.removed()) {
                    held.remove(id);
                  }
                },
                FORGET_MILLIS,
                TimeUnit.MILLISECONDS);
  }

  private void tellSoon() {
    if (complete && !toBeTold) {
      toBeTold = true;
      var _ = means.executor().schedule(this::tell, GATHER_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void tell() {
    toBeTold = false;
    servedChanged.accept(served());
  }

  /** What is served now. Any thread. */
  List<Served> served() {
    List<Served> all = new ArrayList<>();
    for (Entry entry : catalog.served()) {
      Optional.ofNullable(held.get(entry.id()))
          .map(Held::holder)
          .ifPresent(it -> all.add(new Served(entry.id(), entry.spec(), it.gate(), it::status)));
    }
    return List.copyOf(all);
  }

  /** All gates and stakes, of services that are gone, too. Any thread. */
  List<StakeHolder> holders() {
    return held.values().stream().map(Held::holder).toList();
  }

  List<ServiceView> views() {
    return catalog.served().stream().flatMap(it -> view(it).stream()).toList();
  }

  private Optional<ServiceView> view(Entry entry) {
    return Optional.ofNullable(held.get(entry.id())).map(it -> view(entry, it.holder()));
  }

  private static ServiceView view(Entry entry, StakeHolder holder) {
    Gate gate = holder.gate();
    ServiceStatus status =
        holder
            .known()
            .flatMap(ServiceObject::status)
            .map(StatusDocument::toCore)
            .orElseGet(ServiceStatus::initial)
            .withDemand(gate.demand());
    List<Client> clients = gate.clients(ServiceView.MAX_CLIENTS);
    return ServiceView.remote(entry.id(), entry.spec(), status, clients);
  }
}
