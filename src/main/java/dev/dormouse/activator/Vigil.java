package dev.dormouse.activator;

import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that the exchanges of a connection go on: that the service begins its answer, that the
 * client sends the body that it has announced, and that it takes what waits for it. Looks now and
 * then: the exchanges of a connection cost one timer. Confined to the event loop.
 */
final class Vigil {
  /** So many looks make up a patience. */
  private static final int LOOKS = 4;

  private final HttpConnection connection;
  private @Nullable HttpExchange watched;
  private @Nullable HttpExchange current;
  private boolean looking;
  private long progress;
  private boolean heard;
  private int unanswered;
  private int silent;
  private int stuck;

  Vigil(HttpConnection connection) {
    this.connection = connection;
  }

  /** Looks at this exchange from now on. */
  void start(HttpExchange exchange) {
    current = exchange;
    if (!looking) {
      looking = true;
      look(exchange);
    }
  }

  /** Looks at nothing any more. */
  void end() {
    current = null;
  }

  /** Some of the request's body has come. */
  void heard() {
    heard = true;
  }

  private void look(HttpExchange exchange) {
    Duration pause = exchange.slowClient().dividedBy(LOOKS);
    var _ =
        connection.channel.eventLoop().schedule(this::check, pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void check() {
    HttpExchange exchange = current;
    looking = exchange != null && connection.channel.isActive();
    if (exchange != null && looking) {
      if (exchange != watched) {
        watched = exchange;
        unanswered = 0;
        silent = 0;
        stuck = 0;
      }
      count(exchange);
      judge(exchange);
      look(exchange);
    } else {
      watched = null;
    }
  }

  private void count(HttpExchange exchange) {
    boolean wantsBody = !exchange.isSent() && connection.isFlowing();
    silent = wantsBody && !heard ? silent + 1 : 0;
    heard = false;
    boolean still = connection.out.isPending() && connection.out.progress() == progress;
    stuck = still ? stuck + 1 : 0;
    progress = connection.out.progress();
    unanswered = exchange.isAnswering() || wantsBody ? 0 : unanswered + 1;
  }

  private void judge(HttpExchange exchange) {
    Duration answer = connection.activator.settings.answer();
    long most = Math.max(1, answer.toMillis() * LOOKS / exchange.slowClient().toMillis());
    if (stuck >= LOOKS) {
      exchange.cut("slow-client");
    } else if (silent >= LOOKS) {
      exchange.refuseBody(Rejection.of(RejectReason.BODY_TIMEOUT));
    } else if (unanswered > most) {
      exchange.failed(RejectReason.ANSWER_TIMEOUT);
    }
  }
}
