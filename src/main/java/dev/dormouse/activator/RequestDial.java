package dev.dormouse.activator;

import dev.dormouse.activator.route.GatedService;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import io.netty.channel.ChannelInboundHandler;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The dials of one ordinary request, until a connection takes it. Confined to the client's event
 * loop.
 */
final class RequestDial implements Caller {
  private final HttpExchange exchange;
  private final HttpConnection connection;
  private final GatedService served;
  private final RequestTicket ticket;
  private Optional<Endpoint> dialing = Optional.empty();
  private Instant dialed;

  RequestDial(
      HttpExchange exchange, HttpConnection connection, GatedService served, RequestTicket ticket) {
    this.exchange = exchange;
    this.connection = connection;
    this.served = served;
    this.ticket = ticket;
    this.dialed = now();
  }

  /** When it dialled last. */
  Instant dialed() {
    return dialed;
  }

  /** Forgets what it has dialled. */
  void reset() {
    dialing = Optional.empty();
  }

  /** Dials where the gate admits to, unless it does so already. */
  void dial() {
    Optional<Endpoint> endpoint = ticket.endpoint();
    if (!exchange.isWaiting() || endpoint.isEmpty() || endpoint.equals(dialing)) {
      return;
    }
    dialed = now();
    dialing = endpoint;
    HttpUpstream idle = exchange.isRepeatable() ? dialer().idle.take(endpoint.get()) : null;
    if (idle == null) {
      dialer().dial(this, endpoint.get());
    } else if (!connected(idle)) {
      idle.close();
    }
  }

  private Dialer dialer() {
    return connection.activator.dialerFor(connection.channel);
  }

  /** There is a connection; false if it is of no use any more. */
  boolean connected(HttpUpstream by) {
    return stillWants(by.endpoint) && exchange.connected(by);
  }

  @Override
  public ChannelInboundHandler side(Endpoint endpoint) {
    return new HttpUpstream(this, endpoint, dialer().idle, served.gate().silence());
  }

  /** A false is remembered until the gate admits again. */
  @Override
  public boolean stillWants(Endpoint endpoint) {
    Optional<Endpoint> wanted = Optional.of(endpoint);
    boolean waits = exchange.isWaiting() && dialing.equals(wanted);
    boolean wants = waits && ticket.endpoint().equals(wanted);
    if (waits && !wants) {
      dialing = Optional.empty();
    }
    return wants;
  }

  @Override
  public Duration redial() {
    return exchange.isElsewhere()
        ? HeldUpgrade.REDIAL_ELSEWHERE
        : connection.activator.settings.redial();
  }

  @Override
  public void unreachable(Endpoint endpoint) {
    if (!exchange.isElsewhere()) {
      connection.activator.events.foundBroken(
          served.id(),
          FailureReason.UNREACHABLE,
          "it runs, but nobody accepts connections at " + endpoint + " any more");
    }
  }

  @Override
  public Instant now() {
    return connection.activator.clock.instant();
  }
}
