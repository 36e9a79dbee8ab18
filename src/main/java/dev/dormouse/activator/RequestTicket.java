package dev.dormouse.activator;

import dev.dormouse.activator.route.GatedService;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.StopReason;
import dev.dormouse.gate.Gate;
import dev.dormouse.gate.Ticket;
import dev.dormouse.gate.TicketListener;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The share of one ordinary request in the demand. One that wakes nothing is counted only where
 * somebody is awake.
 */
final class RequestTicket implements TicketListener {
  private final HttpExchange exchange;
  private final GatedService served;
  private final String client;
  private final boolean wakes;
  private final boolean monitor;
  private @Nullable Ticket ticket;
  private boolean counted;

  /** A share that is not taken yet. */
  RequestTicket(HttpExchange exchange, HttpExchange.Message message) {
    this.exchange = exchange;
    this.served = message.hit().served();
    this.client = message.sender().client();
    boolean elsewhere = served.spec().servedBy().isPresent();
    String userAgent = message.request().headers().get(HttpHeaderNames.USER_AGENT, "");
    this.monitor = !elsewhere && served.monitors().isOne(message.sender().address(), userAgent);
    this.wakes = !monitor && (message.hit().route().http() == Http.WAKE || elsewhere);
  }

  /** Counts the request as waiting until then; else why it may not wait. */
  Optional<Refusal> enter(Instant holdUntil) {
    if (!wakes && !served.isAwake()) {
      return Optional.of(asleep());
    }
    var access = served.spec().access();
    var bounds =
        new Gate.Bounds(
            served.spec().startup().maxWaiting(),
            access.maxConnections(),
            access.maxConnectionsPerClient());
    ticket = enter(served.gate(), bounds, holdUntil).orElse(null);
    if (ticket != null) {
      return Optional.empty();
    }
    boolean mayBe = wakes || (monitor ? served.gate().isAdmitting() : served.isAwake());
    return Optional.of(mayBe ? full() : asleep());
  }

  private Optional<Ticket> enter(Gate gate, Gate.Bounds bounds, Instant holdUntil) {
    if (monitor) {
      return gate.visit(bounds, client, this);
    }
    return wakes || !gate.isAdmitting()
        ? gate.enter(bounds, client, holdUntil, this)
        : gate.enterIfAdmitting(bounds, client, holdUntil, this);
  }

  private Refusal asleep() {
    return monitor
        ? Refusal.asleep()
        : Refusal.of(Reason.ASLEEP, "It is asleep, and its route says that you do not wake it.");
  }

  private static Refusal full() {
    return Refusal.of(Reason.FULL, "As many clients as allowed are waiting or connected.");
  }

  /** Where to dial now. */
  Optional<Endpoint> endpoint() {
    return ticket == null ? Optional.empty() : ticket.endpoint();
  }

  /** Counts it as open; false if the gate has refused it in the meantime. */
  boolean sent() {
    if (ticket == null || !ticket.sent()) {
      return false;
    }
    inFlight(true);
    return true;
  }

  /** The workload has answered, with whatever. */
  void answered() {
    if (ticket != null) {
      ticket.answered();
    }
  }

  /** Nothing is put to sleep under a request, however silent it is, not even under a monitor's. */
  private void inFlight(boolean flag) {
    if (counted != flag) {
      counted = flag;
      served.gate().silence().backlog(flag);
    }
  }

  void close() {
    inFlight(false);
    if (ticket != null) {
      ticket.close();
      ticket = null;
    }
  }

  /** Never at once, even on the event loop: the gate may call before {@code enter} returns. */
  @Override
  public void admitted() {
    exchange.later(exchange::admitted);
  }

  @Override
  public void refused(Refusal refusal) {
    exchange.later(() -> exchange.refuse(refusal));
  }

  @Override
  public void leave(StopReason reason) {
    exchange.later(exchange::part);
  }
}
