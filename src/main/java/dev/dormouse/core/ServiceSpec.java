package dev.dormouse.core;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What one {@code OnDemandService} declares, with defaults filled in, region overrides merged and
 * everything validated. The fields are those of the resource; see the README for their meaning.
 *
 * @param port where the workload listens; 0 for any free one; empty for {@code Always}, or with a
 *     socket
 * @param socket the absolute path of the Unix socket where it listens instead
 * @param servedBy the region that serves this one's clients, if it is not this one
 * @param revision identifies the part of the definition that a running workload was started from:
 *     it changes if and only if the workload must be started anew
 */
public record ServiceSpec(
    Activation activation,
    Program program,
    OptionalInt port,
    Optional<String> socket,
    List<Route> routes,
    Duration idleTimeout,
    Duration minimumUptime,
    Sleep sleep,
    Doze doze,
    Startup startup,
    Shutdown shutdown,
    Retry retry,
    Keepalive keepalive,
    Access access,
    Limits limits,
    Headers headers,
    List<String> dependsOn,
    List<Warm> warm,
    Fallback fallback,
    Optional<ServedBy> servedBy,
    String revision) {

  /** The same with other routes. */
  public ServiceSpec withRoutes(List<Route> others) {
    return with(others, dependsOn, sleep);
  }

  /** The same without routes, and without dependencies. */
  public ServiceSpec isolated() {
    return with(List.of(), List.of(), sleep);
  }

  /** The same, stopped when it is idle, and not asleep before. */
  public ServiceSpec withoutFreeze() {
    return with(routes, dependsOn, Sleep.STOP);
  }

  private ServiceSpec with(
      List<Route> otherRoutes, List<String> otherDependencies, Sleep otherSleep) {
    return new ServiceSpec(
        activation,
        program,
        port,
        socket,
        otherRoutes,
        idleTimeout,
        minimumUptime,
        otherSleep,
        doze,
        startup,
        shutdown,
        retry,
        keepalive,
        access,
        limits,
        headers,
        otherDependencies,
        warm,
        fallback,
        servedBy,
        revision);
  }

  /** What is executed. {@code command} and {@code args} follow one another, as in a pod. */
  public record Program(
      List<String> command, List<String> args, Optional<String> workingDir, List<EnvVar> env) {}

  /** One environment variable of the workload. */
  public record EnvVar(String name, String value) {}

  /**
   * One place where clients knock.
   *
   * @param host the exact Host header without port, or empty for any
   * @param path matched exactly; a segment {@code {name}} matches any one segment, a {@code *} at
   *     the end any rest
   * @param upstreamPath the path that the workload sees, with what the variables and the {@code *}
   *     of the path matched; empty for the client's own
   * @param http what becomes of requests that are no upgrades
   * @param own an answer of Dormouse's own to them
   */
  public record Route(
      Optional<String> host,
      String path,
      Optional<String> upstreamPath,
      Http http,
      Optional<OwnAnswer> own) {
    /** A route for upgrades only. */
    public Route(Optional<String> host, String path, Optional<String> upstreamPath) {
      this(host, path, upstreamPath, Http.REFUSE, Optional.empty());
    }

    /** The same on this host. */
    public Route on(String other) {
      return new Route(Optional.of(other), path, upstreamPath, http, own);
    }

    /** Whether it answers to more than upgrades. */
    public boolean takesRequests() {
      return http != Http.REFUSE || own.isPresent();
    }
  }

  /** What becomes of ordinary requests. */
  public enum Http {
    /** They are told that only upgrades are served. */
    REFUSE,
    /** The workload answers them while it is awake. */
    PASS,
    /** They wake it. */
    WAKE
  }

  /** An answer that wakes nothing and is no demand. */
  public record OwnAnswer(int status, String body, String contentType, When when) {
    /** The content type of a body without one. */
    public static final String PLAIN = "text/plain; charset=utf-8";

    /** When it is given. */
    public enum When {
      ALWAYS,
      ASLEEP
    }
  }

  /** What idle means. */
  public enum Sleep {
    /** The workload is stopped and boots at the next wake. */
    STOP,
    /** The workload is suspended and its memory swapped out. */
    FREEZE,
    /** The same, and also while clients are connected of whom nothing but heartbeats is heard. */
    DOZE
  }

  /**
   * How it sleeps under open tunnels.
   *
   * @param after how long nothing but heartbeats must have passed them
   * @param wakeEvery the longest doze; empty for any
   * @param wakeOnFiles absolute paths; a change of one of them, or of SQLite's journals beside it,
   *     ends a doze
   */
  public record Doze(
      Duration after,
      Heartbeat heartbeat,
      Optional<Duration> wakeEvery,
      List<String> wakeOnFiles) {}

  /** By what clients know, while the workload dozes, that they are connected. */
  public enum Heartbeat {
    /** {@link #ACTION_CABLE} for its subprotocol, else {@link #PING}. */
    AUTO,
    /** Action Cable's ping, a text message, every 3 s. */
    ACTION_CABLE,
    /** A PING of the keepalive. */
    PING
  }

  /**
   * Bounds of a start.
   *
   * @param hold how long one client waits; the start goes on without it
   * @param maxWaiting how many clients wait at a time
   * @param handshake how long the workload may take to answer a forwarded upgrade
   * @param scheduling how long a pod may take before its container runs
   * @param listener whose the listening socket may be
   * @param probePath a path that answers GET with 2xx when ready; empty for a TCP connect
   */
  public record Startup(
      Duration timeout,
      Duration hold,
      int maxWaiting,
      Duration handshake,
      Duration scheduling,
      Listener listener,
      Optional<String> probePath) {
    /** A start of what listens itself. */
    public Startup(
        Duration timeout,
        Duration hold,
        int maxWaiting,
        Duration handshake,
        Duration scheduling,
        Optional<String> probePath) {
      this(timeout, hold, maxWaiting, handshake, scheduling, Listener.OWN, probePath);
    }
  }

  /** Whose socket may listen at the port of a service on one machine. */
  public enum Listener {
    /** A process of the service's own. */
    OWN,
    /** Anybody's who was not there before the start: a daemon that was asked to run it. */
    ANY
  }

  /**
   * Bounds of a stop.
   *
   * @param drain the time over which polite closes are spread
   * @param gracePeriod from the signal to KILL
   * @param signal asks every process of the service to end
   */
  public record Shutdown(Duration drain, Duration gracePeriod, StopSignal signal) {}

  /** A signal by which servers let themselves be stopped, with its number on Linux. */
  public enum StopSignal {
    TERM(15),
    INT(2),
    QUIT(3),
    HUP(1),
    USR1(10),
    USR2(12),
    WINCH(28);

    private final int number;

    StopSignal(int number) {
      this.number = number;
    }

    /** As signal(7) has it for all architectures that a JDK 25 is built for. */
    public int number() {
      return number;
    }
  }

  /** Back-off after failed starts, and the breaker that ends it. */
  public record Retry(
      Duration initial, Duration max, int breakerFailures, Duration breakerWindow) {}

  /** WebSocket PING towards clients: a client that misses {@code failureThreshold} is gone. */
  public record Keepalive(Duration interval, int failureThreshold) {}

  /**
   * Who may connect. Checked before anything is started.
   *
   * @param allowedOrigins empty for any; {@code *} stands for any run of characters
   * @param maxConnectionsPerClient 0 for no limit
   * @param trustedProxies addresses in CIDR notation whose X-Forwarded headers are believed
   * @param monitors who neither wakes nor keeps awake
   */
  public record Access(
      List<String> allowedOrigins,
      int maxConnections,
      int maxConnectionsPerClient,
      List<String> trustedProxies,
      List<Monitor> monitors) {
    /** Access without monitors. */
    public Access(
        List<String> allowedOrigins,
        int maxConnections,
        int maxConnectionsPerClient,
        List<String> trustedProxies) {
      this(allowedOrigins, maxConnections, maxConnectionsPerClient, trustedProxies, List.of());
    }

    /** The networks of monitors that are known by that alone. */
    public List<String> monitorAddresses() {
      return monitors.stream()
          .filter(it -> it.userAgent().isEmpty())
          .flatMap(it -> it.address().stream())
          .toList();
    }
  }

  /**
   * A client that looks whether the service is there. At least one of the two is declared.
   *
   * @param address in CIDR notation
   * @param userAgent {@code *} stands for any run of characters
   */
  public record Monitor(Optional<String> address, Optional<String> userAgent) {}

  /**
   * Bounds of one tunnel.
   *
   * @param maxFrame payload bytes of the largest frame taken from a client; {@link Long#MAX_VALUE}
   *     for any
   * @param maxHead bytes of the largest head of an upgrade, from its first line to its empty one
   * @param slowClient how long a client may accept nothing while data waits for it
   */
  public record Limits(long maxFrame, int maxHead, Duration slowClient) {
    /** What browsers and chains of proxies stay below. */
    public static final int USUAL_MAX_HEAD = 16 * 1024;

    /** Limits with the usual size of heads. */
    public Limits(long maxFrame, Duration slowClient) {
      this(maxFrame, USUAL_MAX_HEAD, slowClient);
    }
  }

  /** Changes to the request headers that the workload sees. */
  public record Headers(Map<String, String> set, List<String> remove) {}

  /** A window in which the service is kept awake. */
  public sealed interface Warm {
    /** From each time that the cron expression names, for a while. */
    record Recurring(String schedule, Duration duration, String timeZone) implements Warm {}

    /** Once, from one instant to another. */
    record Once(Instant from, Instant until) implements Warm {}
  }

  /**
   * What a client gets when the service cannot be had.
   *
   * @param body sent as it is; empty for problem JSON that says why
   * @param script whether web pages get the script that asks, without a socket, how the service is
   * @param page whether browsers are shown a page while they wait for an answer
   */
  public record Fallback(
      int status, Duration retryAfter, Optional<String> body, boolean script, boolean page) {
    /** An answer without anything for web pages. */
    public Fallback(int status, Duration retryAfter, Optional<String> body) {
      this(status, retryAfter, body, false, false);
    }

    /** An answer, perhaps with a script for web pages. */
    public Fallback(int status, Duration retryAfter, Optional<String> body, boolean script) {
      this(status, retryAfter, body, script, false);
    }
  }

  /**
   * Where clients of this region are sent.
   *
   * @param upstream base URL to use where the platform cannot replay a request in another region
   */
  public record ServedBy(String region, Optional<String> upstream) {}
}
