package dev.dormouse.activator;

import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceSpec.Sleep;
import io.netty.channel.Channel;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of one upgrade on which its workload hangs up without an answer. It may have died
 * just after it accepted, or not be ready behind somebody who accepts for it: so it is tried again,
 * for as long as an address that refuses would be. Then it is told as broken if it hangs up on a
 * neutral question as well. If it answers that, it may refuse this client, and many servers refuse
 * by hanging up: one that has answered a handshake is left alone, one that never has is replaced,
 * but only once in a while, so that nobody who is refused can keep it from the others.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the executor reports nothing
final class HangUps {
  private static final Duration PAUSE = Duration.ofMillis(250);

  private final HeldUpgrade held;
  private final Activator activator;
  private final Channel client;
  private final GatedService served;
  private @Nullable Instant first;

  HangUps(HeldUpgrade held, Activator activator, Channel client, GatedService served) {
    this.held = held;
    this.activator = activator;
    this.client = client;
    this.served = served;
  }

  /**
   * It hung up at this address. Where that has been withdrawn, that was on purpose, and the next
   * one is waited for.
   *
   * @param begun whether it had begun to answer
   */
  void lost(Optional<Endpoint> endpoint, boolean begun) {
    if (endpoint.isEmpty()) {
      first = null;
      held.again();
    } else if (first == null) {
      first = held.now();
      held.again();
    } else if (begun || held.isElsewhere()) {
      held.failed(RejectReason.BAD_GATEWAY);
    } else {
      activator.dialerFor(client).inquire(endpoint.get(), this::found);
    }
  }

  private void found(Inquiry.Finding finding) {
    boolean hangsUp = finding == Inquiry.Finding.HANGS_UP;
    boolean patient = first != null && held.now().isBefore(first.plus(Dialer.LEFT_AFTER));
    if (!hangsUp && served.gate().hasAnswered()) {
      held.failed(RejectReason.BAD_GATEWAY);
    } else if (patient) {
      client.eventLoop().schedule(held::again, PAUSE.toNanos(), TimeUnit.NANOSECONDS);
    } else if (hangsUp || isDoubtful()) {
      first = null;
      held.hungUp(served.gate().demand().open() == 0);
    } else {
      held.failed(RejectReason.BAD_GATEWAY);
    }
  }

  /** What a sleep in memory is to preserve is not thrown away on a suspicion. */
  private boolean isDoubtful() {
    return served.spec().sleep() == Sleep.STOP
        && served.gate().doubt(served.spec().retry().breakerWindow());
  }
}
