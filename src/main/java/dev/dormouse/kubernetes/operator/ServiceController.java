package dev.dormouse.kubernetes.operator;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.watch.Sources;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the operator framework and the operator meet. Nothing is ever returned for the framework to
 * write: it would apply an object from its cache, and bring back a stake that has been removed.
 */
final class ServiceController implements Reconciler<OnDemandService> {
  private final Function<Sources, OperatorPasses> makeTender;

  /** Before that no cache may be asked, and every service has a pass ahead of it. */
  private volatile boolean met;

  private @Nullable OperatorPasses tender;
  private @Nullable Sources sources;
  private @Nullable IndexerResourceCache<OnDemandService> services;

  /** With these sources that tender looks after everything. */
  ServiceController(Function<Sources, OperatorPasses> makeTender) {
    this.makeTender = makeTender;
  }

  @Override
  public List<EventSource<?, OnDemandService>> prepareEventSources(
      EventSourceContext<OnDemandService> context) {
    Sources made = new Sources(context);
    sources = made;
    tender = makeTender.apply(made);
    services = context.getPrimaryCache();
    return made.all();
  }

  /** Meets all services before the first pass over one: what they are to each other matters. */
  void meetAll() {
    if (services != null && tender != null) {
      tender.meetAll(services.list(_ -> true).toList());
      met = true;
    }
  }

  /** Gives back what was borrowed for services that went while nobody was looking. */
  void releaseOrphans() {
    if (services != null && sources != null && tender != null) {
      IndexerResourceCache<OnDemandService> known = services;
      sources.labelled().stream()
          .map(Sources::serviceOf)
          .distinct()
          .filter(id -> known.get(Sources.resource(id)).isEmpty())
          .forEach(tender::gone);
    }
  }

  /** Asks for a pass over a service, soon. */
  void trigger(ServiceId id) {
    if (sources != null) {
      sources.trigger(id);
    }
  }

  /** Asks for a pass over every service that has been met. */
  void triggerAll() {
    if (met && services != null) {
      services.list(_ -> true).map(OnDemandService::id).forEach(this::trigger);
    }
  }

  @Override
  public UpdateControl<OnDemandService> reconcile(
      OnDemandService service, Context<OnDemandService> context) {
    UpdateControl<OnDemandService> control = UpdateControl.noUpdate();
    if (tender != null) {
      if (context.isPrimaryResourceDeleted()) {
        tender.gone(service.id());
      } else if (service.getMetadata().getDeletionTimestamp() == null) {
        tender.tend(service).ifPresent(control::rescheduleAfter);
      } else {
        tender.leave(service).ifPresent(control::rescheduleAfter);
      }
    }
    return control;
  }
}
