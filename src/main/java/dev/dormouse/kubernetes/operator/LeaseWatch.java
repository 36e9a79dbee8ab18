package dev.dormouse.kubernetes.operator;

import dev.dormouse.kubernetes.client.ActivatorLease;
import dev.dormouse.kubernetes.client.Stripped;
import dev.dormouse.kubernetes.client.Watcher;
import dev.dormouse.kubernetes.protocol.Leases;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Shows the Leases of the activators to the protocol, and whether they are shown as they are. */
final class LeaseWatch implements AutoCloseable {
  private static final long LOOK_MILLIS = 1000;

  private final SharedIndexInformer<Lease> informer;

  LeaseWatch(
      KubernetesClient client,
      OperatorSettings settings,
      Leases leases,
      ScheduledExecutorService timer) {
    informer =
        client
            .leases()
            .inNamespace(settings.namespace())
            .withLabels(ActivatorLease.LABELS)
            .runnableInformer(0)
            .itemStore(new Stripped<>(_ -> {}));
    informer.addEventHandler(
        new Watcher<>(
            lease -> show(leases, lease), lease -> leases.removed(lease.getMetadata().getName())));
    informer.start();
    var _ =
        timer.scheduleWithFixedDelay(
            () -> leases.healthy(informer.hasSynced() && informer.isWatching()),
            0,
            LOOK_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private static void show(Leases leases, Lease lease) {
    String session = lease.getSpec().getHolderIdentity();
    if (session != null) {
      leases.seen(lease.getMetadata().getName(), session, lease.getMetadata().getResourceVersion());
    }
  }

  @Override
  public void close() {
    informer.stop();
  }
}
