package dev.dormouse.activator;

import dev.dormouse.activator.route.GatedService;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.WakeReason;
import dev.dormouse.gate.Client;
import dev.dormouse.gate.Gate;
import dev.dormouse.gate.Ticket;
import dev.dormouse.gate.TicketListener;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client's way to its service, from the upgrade to the end of both connections: the only owner
 * of its ticket. Confined to the client's event loop, but for what the gate calls.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class Tunnel implements TicketListener {
  static final String HANDLER = "tunnel";

  /** What is kept of a user agent; those of browsers have some 120 characters. */
  private static final int MAX_USER_AGENT = 160;

  final Activator activator;
  final GatedService served;
  private final Channel client;
  private @Nullable Ticket ticket;
  private @Nullable Instant openedAt;
  private @Nullable Future<?> linger;

  /** Read by those who ask who is connected. */
  private volatile @Nullable RelayPair joint;

  private String address = "";
  private String userAgent = "";
  private boolean monitor;

  /** What waits for one of the sides to take it. */
  final Unread unread;

  Tunnel(Activator activator, GatedService served, Channel client) {
    this.activator = activator;
    this.served = served;
    this.client = client;
    this.unread = new Unread(activator.budget, this::shed, served.gate().silence()::backlog);
  }

  /** Who it is, for people; before it enters. */
  void introduce(String from, String agent, boolean asMonitor) {
    address = from;
    userAgent = agent.length() > MAX_USER_AGENT ? agent.substring(0, MAX_USER_AGENT) : agent;
    monitor = asMonitor;
  }

  /** Counts the client, by this name, as waiting; false if that would be one too many. */
  boolean enter(String name, Instant holdUntil) {
    ticket = served.gate().enter(bounds(), name, holdUntil, this).orElse(null);
    return ticket != null;
  }

  /** Lets the client in without counting it; false if others would have to wait. */
  boolean visit(String name) {
    ticket = served.gate().visit(bounds(), name, this).orElse(null);
    return ticket != null;
  }

  private Gate.Bounds bounds() {
    var access = served.spec().access();
    return new Gate.Bounds(
        served.spec().startup().maxWaiting(),
        access.maxConnections(),
        access.maxConnectionsPerClient());
  }

  /** Where to dial now. */
  Optional<Endpoint> endpoint() {
    return ticket == null ? Optional.empty() : ticket.endpoint();
  }

  /** Counts the client as connected; false if the gate has refused it in the meantime. */
  boolean opened() {
    if (ticket == null || !ticket.opened()) {
      return false;
    }
    openedAt = activator.clock.instant();
    return true;
  }

  /**
   * Joins both sides: from now on each hands what it reads to the other.
   *
   * @param agreed the headers of the workload's 101
   */
  void join(HeldUpgrade held, UpstreamHandshake handshake, Channel upstream, HttpHeaders agreed) {
    RelayPair joined = new RelayPair(this, client, upstream, agreed);
    joint = joined;
    client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    upstream.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    client.config().setAutoClose(false);
    upstream.config().setAutoClose(false);
    client.pipeline().replace(held, HANDLER, joined.client);
    upstream.pipeline().replace(handshake, HANDLER, joined.upstream);
  }

  /** Something other than a heartbeat passes, or a side ends. A monitor keeps nothing awake. */
  void stir(WakeReason why) {
    if (!monitor) {
      served.gate().silence().stir(why);
    }
  }

  /** Whether the workload sleeps under this tunnel. */
  boolean isDozing() {
    return served.gate().silence().isDozing();
  }

  /** One of its ends reads too slowly for the memory that there is. Thread-safe. */
  private void shed() {
    if (!client.eventLoop().inEventLoop()) {
      client.eventLoop().execute(this::shed);
      return;
    }
    RelayPair joined = joint;
    if (joined != null && client.isActive()) {
      joined.abandonClient("memory");
    }
  }

  /** One side has ended: both are closed after a while, whatever the other does. */
  void linger(Channel one, Channel other) {
    if (linger == null) {
      Duration patience = activator.settings.linger();
      linger =
          client
              .eventLoop()
              .schedule(
                  () -> {
                    one.close();
                    other.close();
                  },
                  patience.toNanos(),
                  TimeUnit.NANOSECONDS);
    }
  }

  /** The workload ended it, and the client had not. */
  void abandoned() {
    if (ticket != null) {
      ticket.abandoned();
    }
  }

  /** The workload has answered the client, with whatever. */
  void answered() {
    if (ticket != null) {
      ticket.answered();
    }
  }

  /** The workload has refused the client: it restarts no clock. */
  void turnedAway() {
    if (ticket != null) {
      ticket.turnedAway();
    }
  }

  /** Tells that the tunnel is ended by us. */
  void cut(String reason) {
    activator.events.cut(served.id(), reason);
  }

  /** Gives the ticket back. */
  void close() {
    if (linger != null) {
      linger.cancel(false);
    }
    unread.close();
    if (ticket != null) {
      ticket.close();
    }
    if (openedAt != null) {
      activator.events.closed(served.id(), Duration.between(openedAt, activator.clock.instant()));
    }
  }

  @Override
  public void admitted() {
    signal(new GateSignal.Admitted());
  }

  @Override
  public void refused(Refusal refusal) {
    signal(new GateSignal.Refused(refusal));
  }

  @Override
  public void leave(StopReason reason) {
    signal(new GateSignal.Leave(reason));
  }

  /** Everything but the counts was written before {@code joint}. */
  @Override
  public Optional<Client> client() {
    RelayPair joined = joint;
    if (joined == null || openedAt == null) {
      return Optional.empty();
    }
    long last = Math.max(joined.client.lastReadMillis(), joined.upstream.lastReadMillis());
    return Optional.of(
        new Client(
            address,
            userAgent,
            openedAt,
            monitor,
            joined.client.received(),
            joined.upstream.received(),
            last == 0 ? openedAt : Instant.ofEpochMilli(last)));
  }

  /** Never at once, even on the event loop: the gate may call before {@code enter} returns. */
  private void signal(GateSignal signal) {
    client.eventLoop().execute(() -> client.pipeline().fireUserEventTriggered(signal));
  }
}
