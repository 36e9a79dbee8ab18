package dev.dormouse.core;

import java.time.Instant;
import java.util.Optional;

/**
 * What runs for one service, as its driver observed it: a process on one machine, a pod on a
 * cluster. A {@code revision} identifies the definition it was started from; one that differs from
 * the service's present revision is outdated.
 */
public sealed interface Workload {
  /** It cannot be observed now. */
  record Unknown(String why) implements Workload {}

  /** Nothing runs and nothing is remembered. */
  record Absent() implements Workload {}

  /**
   * Started, not known to serve.
   *
   * @param deadline when it has taken too long
   * @param endpoint where it may be dialled until it accepts; empty while it must not be: there is
   *     no address, or a declared probe has not succeeded
   */
  record Starting(Instant since, Instant deadline, String revision, Optional<Endpoint> endpoint)
      implements Workload {}

  /**
   * Serving.
   *
   * @param endpoint empty for a workload without a port
   * @param company who is connected to it past the gate; empty where that cannot be seen
   * @param rest whether it could sleep under open tunnels
   */
  record Ready(
      Instant since,
      String revision,
      Optional<Endpoint> endpoint,
      Optional<Company> company,
      Calm rest)
      implements Workload {
    /** One that nothing keeps from a doze. */
    public Ready(
        Instant since, String revision, Optional<Endpoint> endpoint, Optional<Company> company) {
      this(since, revision, endpoint, company, Calm.FROM_THE_START);
    }

    /** One of which only the gate knows who is connected. */
    public Ready(Instant since, String revision, Optional<Endpoint> endpoint) {
      this(since, revision, endpoint, Optional.empty());
    }
  }

  /**
   * Whether what serves could sleep.
   *
   * @param awake since when it has been, if it has dozed: it has served all that time
   * @param from until then it must not be put to sleep under open tunnels: it computes, or it would
   *     not pay
   * @param sounded it is known not to compute at the moment
   */
  record Calm(Instant awake, Instant from, boolean sounded) {
    /** Nothing speaks against it. */
    public static final Calm FROM_THE_START = new Calm(Instant.MIN, Instant.MIN, true);
  }

  /**
   * Of no use, though something of it runs: deaf, left by its listener, ended but for its children,
   * in a crash loop, without an image.
   *
   * @param since when that was found
   * @param endpoint where clients may still be connected; empty if none can be
   * @param succeeded it has ended by itself, with success
   */
  record Broken(
      Instant since,
      Optional<Endpoint> endpoint,
      boolean succeeded,
      FailureReason reason,
      String message)
      implements Workload {}

  /** Its clients are being closed politely; it is stopped when they have left or drain is over. */
  record Draining(Instant since, StopReason reason) implements Workload {}

  /** Told to stop, not yet gone. */
  record Stopping(Instant since, StopReason reason) implements Workload {}

  /**
   * Suspended in memory, with or without open tunnels.
   *
   * @param dependencyRestarted what it depends on is not what it knew
   * @param roused what it waits for has come, as those saw who watch it meanwhile
   */
  record Frozen(
      Instant since, String revision, boolean dependencyRestarted, Optional<WakeReason> roused)
      implements Workload {
    /** One for which nothing has come. */
    public Frozen(Instant since, String revision, boolean dependencyRestarted) {
      this(since, revision, dependencyRestarted, Optional.empty());
    }
  }

  /** Its last start failed, or it died while it served; nothing runs. */
  record Failed(Failure failure) implements Workload {}
}
