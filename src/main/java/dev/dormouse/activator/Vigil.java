package dev.dormouse.activator;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that an exchange goes on: that the service begins its answer, that the client sends
 * the body that it has announced, and that it takes what waits for it. Looks now and then, so that
 * an exchange costs one timer. Confined to the event loop.
 */
final class Vigil {
  /** So many looks make up a patience. */
  private static final int LOOKS = 4;

  private final HttpConnection connection;
  private final HttpExchange exchange;
  private final Duration slowClient;
  private @Nullable Future<?> next;
  private long progress;
  private boolean heard;
  private int unanswered;
  private int silent;
  private int stuck;

  Vigil(HttpConnection connection, HttpExchange exchange, Duration slowClient) {
    this.connection = connection;
    this.exchange = exchange;
    this.slowClient = slowClient;
  }

  /** Looks from now on. */
  void start() {
    end();
    unanswered = 0;
    silent = 0;
    stuck = 0;
    look();
  }

  /** Looks no more. */
  void end() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }

  /** Some of the request's body has come. */
  void heard() {
    heard = true;
  }

  private void look() {
    Duration pause = slowClient.dividedBy(LOOKS);
    next =
        connection.channel.eventLoop().schedule(this::check, pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void check() {
    Duration answer = connection.activator.settings.answer();
    long most = Math.max(1, answer.toMillis() * LOOKS / slowClient.toMillis());
    boolean wantsBody = !exchange.isSent() && connection.isFlowing();
    silent = wantsBody && !heard ? silent + 1 : 0;
    heard = false;
    boolean still = connection.out.isPending() && connection.out.progress() == progress;
    stuck = still ? stuck + 1 : 0;
    progress = connection.out.progress();
    unanswered = exchange.isAnswering() || wantsBody ? 0 : unanswered + 1;
    if (stuck >= LOOKS) {
      exchange.cut("slow-client");
    } else if (silent >= LOOKS) {
      exchange.refuseBody(Flaw.of(Cause.BODY_TIMEOUT));
    } else if (unanswered >= most) {
      exchange.failed(Cause.ANSWER_TIMEOUT);
    } else {
      look();
    }
  }
}
