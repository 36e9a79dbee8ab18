package dev.dormouse.kubernetes.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Holds the Lease of one process: taken before anything else, renewed as long as it lives, removed
 * at its end. Renewals run one after another.
 */
public final class LeaseKeeper implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dormouse");
  private static final int RENEWALS = 3;

  private final Api api;
  private final ActivatorLease.Holder holder;
  private final InstantSource wall;
  private final Runnable lost;
  private String version;
  private final Future<?> renewals;
  private boolean ended;

  private LeaseKeeper(
      Api api, ActivatorLease.Holder holder, InstantSource wall, Schedule schedule) {
    this.api = api;
    this.holder = holder;
    this.wall = wall;
    this.lost = schedule.lost();
    this.version = take();
    long pause = holder.duration().toMillis() / RENEWALS;
    this.renewals =
        schedule.timer().scheduleWithFixedDelay(this::renew, pause, pause, TimeUnit.MILLISECONDS);
  }

  /**
   * On what renewals run.
   *
   * @param lost told when another process has taken the Lease: this one must not go on
   */
  public record Schedule(ScheduledExecutorService timer, Runnable lost) {}

  /**
   * Takes the Lease, whoever has had it. Blocks.
   *
   * @throws UncheckedIOException if it could not be written
   */
  public static LeaseKeeper take(
      Api api, ActivatorLease.Holder holder, InstantSource wall, Schedule schedule) {
    return new LeaseKeeper(api, holder, wall, schedule);
  }

  private String take() {
    Reply present = Api.await(api.get(path()));
    if (!present.ok() && !present.missing()) {
      throw refused(present);
    }
    Reply written =
        present.ok()
            ? Api.await(api.put(path(), lease(Optional.of(versionOf(present.body())))))
            : Api.await(
                api.post(ActivatorLease.collection(holder.namespace()), lease(Optional.empty())));
    if (!written.ok()) {
      throw refused(written);
    }
    return versionOf(written.body());
  }

  private UncheckedIOException refused(Reply reply) {
    return new UncheckedIOException(new IOException("lease " + holder.name() + ": " + reply.why()));
  }

  /** A renewal that fails is made up for by the next one. */
  private synchronized void renew() {
    if (ended) {
      return;
    }
    try {
      Reply reply = Api.await(api.put(path(), lease(Optional.of(version))));
      if (reply.ok()) {
        version = versionOf(reply.body());
      } else if (reply.conflicts() || reply.missing()) {
        again();
      } else {
        LOG.log(Level.WARNING, "lease {0} not renewed: {1}", holder.name(), reply.why());
      }
    } catch (UncheckedIOException e) {
      LOG.log(Level.WARNING, "lease {0} not renewed: {1}", holder.name(), e.getMessage());
    }
  }

  private void again() {
    Reply present = Api.await(api.get(path()));
    if (present.missing()
        || ActivatorLease.session(present.body()).filter(this::isOurs).isPresent()) {
      version = take();
    } else if (present.ok()) {
      LOG.log(Level.ERROR, "lease {0} was taken by another process", holder.name());
      ended = true;
      lost.run();
    }
  }

  private boolean isOurs(String session) {
    return session.equals(holder.session());
  }

  private ObjectNode lease(Optional<String> resourceVersion) {
    return holder.lease(resourceVersion, wall.instant());
  }

  private String path() {
    return ActivatorLease.path(holder.namespace(), holder.name());
  }

  private static String versionOf(JsonNode lease) {
    return lease.path("metadata").path("resourceVersion").asText();
  }

  /** Removes the Lease, if it is still as we wrote it. */
  @Override
  public synchronized void close() {
    renewals.cancel(false);
    if (!ended) {
      ended = true;
      ObjectNode options = JsonNodeFactory.instance.objectNode();
      options.putObject("preconditions").put("resourceVersion", version);
      try {
        Api.await(api.delete(path(), options));
      } catch (UncheckedIOException e) {
        LOG.log(Level.WARNING, "lease {0} not removed: {1}", holder.name(), e.getMessage());
      }
    }
  }
}
