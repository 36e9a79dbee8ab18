package dev.dormouse.kubernetes.operator;

import dev.dormouse.kubernetes.client.ActivatorLease;
import dev.dormouse.kubernetes.client.TrimmedItemStore;
import dev.dormouse.kubernetes.client.Watcher;
import dev.dormouse.kubernetes.pass.Leases;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Shows the Leases of the activators to the protocol, and whether they are shown as they are: a
 * watch works as long as it shows that the leader's own Lease is renewed, every few seconds.
 */
final class LeaseWatch implements AutoCloseable {
  private static final long LOOK_MILLIS = 1000;

  private final SharedIndexInformer<Lease> informer;
  private final Leases leases;
  private final InstantSource clock;
  private final Duration patience;
  private volatile Instant lastSeen = Instant.MIN;
  private volatile boolean closed;

  LeaseWatch(
      KubernetesClient client,
      OperatorSettings settings,
      Leases leases,
      InstantSource clock,
      ScheduledExecutorService timer) {
    this.leases = leases;
    this.clock = clock;
    this.patience = patience(settings);
    informer =
        client
            .leases()
            .inNamespace(settings.namespace())
            .runnableInformer(0)
            .itemStore(new TrimmedItemStore<>(_ -> {}))
            .exceptionHandler((_, _) -> !closed);
    informer.addEventHandler(new Watcher<>(this::seen, this::gone));
    informer.start();
    var _ =
        timer.scheduleWithFixedDelay(
            () -> leases.healthy(works()), 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Less than a Lease lasts: nobody's expires because nothing is shown. */
  private static Duration patience(OperatorSettings settings) {
    Duration half = settings.activatorLease().dividedBy(2);
    Duration deadline = settings.election().renewDeadline();
    return half.compareTo(deadline) < 0 ? half : deadline;
  }

  boolean works() {
    return lastSeen.isAfter(Instant.MIN) && clock.instant().isBefore(lastSeen.plus(patience));
  }

  private void seen(Lease lease) {
    lastSeen = clock.instant();
    String session = lease.getSpec().getHolderIdentity();
    if (isOfAnActivator(lease) && session != null) {
      leases.seen(lease.getMetadata().getName(), session, lease.getMetadata().getResourceVersion());
    }
  }

  private void gone(Lease lease) {
    lastSeen = clock.instant();
    leases.removed(lease.getMetadata().getName());
  }

  private static boolean isOfAnActivator(Lease lease) {
    Map<String, String> labels =
        Objects.requireNonNullElse(lease.getMetadata().getLabels(), Map.of());
    return labels.entrySet().containsAll(ActivatorLease.LABELS.entrySet());
  }

  @Override
  public void close() {
    closed = true;
    informer.stop();
  }
}
