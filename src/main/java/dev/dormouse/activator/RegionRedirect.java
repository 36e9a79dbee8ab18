package dev.dormouse.activator;

import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.ServedBy;
import dev.dormouse.core.Waiters;
import dev.dormouse.gate.Gate;
import io.netty.handler.codec.http.HttpRequest;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sends clients to the region that serves them: Fly's proxy replays their request there, elsewhere
 * a tunnel leads to the declared upstream. Such tunnels have gates of their own: they are no demand
 * for what runs here. Thread-safe.
 */
final class RegionRedirect {
  /** Names the region that has sent a request on; it is not sent on again. */
  static final String SENT_BY = "Dormouse-Sent-By";

  private static final Reason REFUSED = Reason.SERVED_ELSEWHERE;
  private static final List<String> SENT = List.of("fly-replay-src", "fly-replay-failed", SENT_BY);

  private final boolean onFly;
  private final AllowedUpstreams allowed;
  private final ActivatorEvents events;
  private final InstantSource clock;
  private final Map<ServiceId, Gate> gates = new ConcurrentHashMap<>();

  RegionRedirect(ActivatorSettings settings, ActivatorEvents events, InstantSource clock) {
    this.onFly = settings.onFly();
    this.allowed = settings.upstreams();
    this.events = events;
    this.clock = clock;
  }

  /** What a client is told. */
  record Told(Answer answer, String reasonCode) {}

  /** The answer to a valid upgrade that is not to be tunnelled to an upstream. */
  Optional<Told> answer(HttpRequest request, GatedService served, ServedBy by) {
    boolean again = isSent(request);
    if (!again && !onFly && by.upstream().isPresent()) {
      return Optional.empty();
    }
    Optional<Told> replayed = replay(request, served).map(it -> new Told(it, "replayed"));
    return replayed.or(() -> Optional.of(new Told(refusal(request, served, by), REFUSED.code())));
  }

  /** An answer that makes Fly's proxy ask the region that serves it; empty if none is to. */
  Optional<Answer> replay(HttpRequest request, GatedService served) {
    Optional<ServedBy> by = served.spec().servedBy().filter(_ -> onFly && !isSent(request));
    Optional<Answer> answer = by.map(it -> refusal(request, served, it));
    answer.ifPresent(it -> it.headers().set("fly-replay", "region=" + by.get().region()));
    return answer;
  }

  private static boolean isSent(HttpRequest request) {
    return SENT.stream().anyMatch(request.headers()::contains);
  }

  private Answer refusal(HttpRequest request, GatedService served, ServedBy by) {
    var refusal = Refusal.of(REFUSED, "Region " + by.region() + " serves it.");
    return Answer.of(refusal, served, request.headers(), clock.instant());
  }

  /** How many clients wait for a tunnel to another region, or have one. */
  int clients() {
    return gates.values().stream().map(Gate::demand).mapToInt(it -> it.waiting() + it.open()).sum();
  }

  /** The same request at the other end: its target as it came, since that end has routes, too. */
  RouteTable.Hit redirected(HttpRequest request, RouteTable.Hit hit) {
    GatedService served = hit.served();
    Gate gate = gates.computeIfAbsent(served.id(), _ -> new Gate(clock, () -> {}));
    return new RouteTable.Hit(served.at(gate), hit.route(), request.uri());
  }

  /** Finds out, off the event loop, where those who wait at the gate of this service may dial. */
  void locate(GatedService served, String upstream) {
    Thread.ofVirtual()
        .name("dormouse-lookup")
        .start(() -> served.gate().apply(located(served.id(), URI.create(upstream))));
  }

  /** What is admitted is the address that was looked at: nobody asks the DNS again. */
  private Waiters located(ServiceId id, URI upstream) {
    String host = upstream.getHost().replace("[", "").replace("]", "");
    int port = upstream.getPort() < 0 ? 80 : upstream.getPort();
    try {
      InetAddress[] addresses = InetAddress.getAllByName(host);
      for (InetAddress address : addresses) {
        if (allowed.allows(host, port, address)) {
          return new Waiters.Admit(new Endpoint(address.getHostAddress(), port));
        }
      }
      events.notAllowed(id, new Endpoint(host, port) + " (" + addresses[0].getHostAddress() + ")");
      return refuse("The address of the region that serves it is not allowed here.");
    } catch (UnknownHostException e) {
      return refuse("The address of the region that serves it cannot be found.");
    }
  }

  private static Waiters refuse(String detail) {
    return new Waiters.Refuse(Refusal.of(REFUSED, detail));
  }
}
