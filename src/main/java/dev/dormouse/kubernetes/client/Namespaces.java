package dev.dormouse.kubernetes.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the annotations of namespaces say. Of all of them with a watch; of a single one by asking
 * again and again, for which the right to get it is enough.
 */
public final class Namespaces implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dormouse");
  private static final int FORBIDDEN = 403;
  private static final long LOOK_SECONDS = 30;

  private final Listener listener;
  private final Api api;
  private final CompletableFuture<Void> known = new CompletableFuture<>();
  private final AtomicBoolean refused = new AtomicBoolean();
  private final Source source;
  private @Nullable Map<String, String> last;
  private volatile boolean closing;

  /** Whom to tell; on any thread, one at a time. */
  public interface Listener {
    /** There is a namespace, with these annotations. */
    void seen(String name, Map<String, String> annotations);

    /** There is no such namespace any more. */
    void gone(String name);

    /** They may not be read. */
    void unreadable();
  }

  /** Where it comes from. */
  private interface Source {
    void end();
  }

  private Namespaces(
      KubernetesClient client, Api api, Optional<String> watched, Listener listener) {
    this.listener = listener;
    this.api = api;
    this.source = watched.map(this::look).orElseGet(() -> watch(client));
  }

  /**
   * Begins to look.
   *
   * @param watched the one that matters; empty for all
   */
  public static Namespaces of(
      KubernetesClient client, Api api, Optional<String> watched, Listener listener) {
    return new Namespaces(client, api, watched, listener);
  }

  /** Completed when the listener has been told of all that there are, or that it cannot be. */
  public CompletableFuture<Void> known() {
    return known.copy();
  }

  /**
   * Waits until then.
   *
   * @throws IllegalStateException if it takes longer
   */
  public void await(Duration limit) {
    try {
      known.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IllegalStateException("namespaces cannot be read within " + limit, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private Source watch(KubernetesClient client) {
    SharedIndexInformer<Namespace> informer =
        client
            .namespaces()
            .withLimit(Cluster.PAGE)
            .runnableInformer(0)
            .itemStore(new TrimmedItemStore<>(it -> it.setSpec(null)))
            .exceptionHandler((_, _) -> !closing);
    informer.addEventHandler(
        new Watcher<>(this::seen, it -> listener.gone(it.getMetadata().getName())));
    var _ =
        api.get("api/v1/namespaces?limit=1")
            .thenAccept(
                it -> {
                  if (it.code() == FORBIDDEN) {
                    refuse(it);
                  }
                });
    var _ = informer.start().thenRun(() -> complete(informer));
    return informer::stop;
  }

  /** The informer is told before its handlers have been. */
  private void complete(SharedIndexInformer<Namespace> informer) {
    informer.getStore().list().forEach(this::seen);
    known.complete(null);
  }

  private void seen(Namespace namespace) {
    Map<String, String> annotations = namespace.getMetadata().getAnnotations();
    listener.seen(namespace.getMetadata().getName(), annotations == null ? Map.of() : annotations);
  }

  private Source look(String name) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("dormouse-namespace").daemon().factory());
    var _ = timer.scheduleWithFixedDelay(() -> ask(name), 0, LOOK_SECONDS, TimeUnit.SECONDS);
    return timer::shutdownNow;
  }

  private void ask(String name) {
    try {
      Reply reply = Api.await(api.get("api/v1/namespaces/" + name));
      if (reply.ok()) {
        Map<String, String> annotations = new HashMap<>();
        for (Map.Entry<String, JsonNode> it :
            reply.body().path("metadata").path("annotations").properties()) {
          annotations.put(it.getKey(), it.getValue().asText());
        }
        if (!annotations.equals(last)) {
          last = annotations;
          listener.seen(name, annotations);
        }
        known.complete(null);
      } else if (reply.code() == FORBIDDEN) {
        refuse(reply);
      }
    } catch (UncheckedIOException e) {
      LOG.log(Level.WARNING, "namespace {0} cannot be read: {1}", name, e.getMessage());
    }
  }

  private void refuse(Reply reply) {
    if (!refused.getAndSet(true)) {
      LOG.log(
          Level.WARNING,
          "namespaces may not be read, so no service is given a host that it has not: {0}",
          reply.why());
      listener.unreadable();
    }
    known.complete(null);
  }

  @Override
  public void close() {
    closing = true;
    source.end();
  }
}
