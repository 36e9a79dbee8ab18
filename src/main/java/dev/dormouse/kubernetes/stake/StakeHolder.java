package dev.dormouse.kubernetes.stake;

import dev.dormouse.core.Demand;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.gate.Gate;
import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.Stake;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One service in one activator: enters a stake when its gate has demand, admits only while that
 * stake stands, and takes it back when everybody has been gone for a while.
 *
 * <p>Level-triggered: every event, answer and timer ends in {@link #run}, which compares what the
 * gate needs with what is known of the object. One request is under way at a time. All of it lives
 * on the single thread of its executor; {@link #trigger}, {@link #observed}, {@link #deleted} and
 * {@link #shutDown} may be called from any.
 */
public final class StakeHolder {
  /**
   * How long after the last close a stake is kept for whoever comes back: a reconnect is to cost no
   * write. Never longer than the idle timeout, which begins only then.
   */
  public static final Duration LINGER = Duration.ofSeconds(30);

  private final ServiceId id;
  private final Means means;
  private final Gate gate;
  private final Supplier<Duration> idleTimeout;
  private final StakeLedger ledger;
  private final RequestBackoff patience = new RequestBackoff();
  private final AtomicBoolean requested = new AtomicBoolean();
  private final CompletableFuture<Void> withdrawn = new CompletableFuture<>();
  private @Nullable Future<?> timer;
  private volatile ServiceStatus seen = ServiceStatus.initial();
  private boolean sending;
  private boolean leaving;
  private boolean shuttingDown;

  /**
   * What all services of an activator share.
   *
   * @param clock does not jump
   * @param executor has a single thread
   */
  public record Means(
      ActivatorId me, StakeApi api, InstantSource clock, ScheduledExecutorService executor) {}

  private enum Request {
    READ,
    STAKE,
    UNSTAKE
  }

  /**
   * A service of which nothing is known yet.
   *
   * @param idleTimeout of the service as it is declared now
   */
  public StakeHolder(ServiceId id, Means means, Supplier<Duration> idleTimeout) {
    this(id, means, idleTimeout, new StakeLedger(means.me()));
  }

  /** The stake of one activator in one service, not entered yet. */
  public StakeHolder(
      ServiceId id, Means means, Supplier<Duration> idleTimeout, StakeLedger ledger) {
    this.id = id;
    this.means = means;
    this.idleTimeout = idleTimeout;
    this.gate = new Gate(means.clock(), this::trigger);
    this.ledger = ledger;
  }

  /** Where its clients are counted. */
  public Gate gate() {
    return gate;
  }

  /** How the service is, as far as is known here. Any thread. */
  public ServiceStatus status() {
    return seen;
  }

  /** The newest state of the object that is known here. On the executor's thread. */
  public Optional<ServiceObject> known() {
    return ledger.object();
  }

  /** The watch has news, which may be old or repeated. */
  public void observed(ServiceObject object) {
    means.executor().execute(() -> learn(() -> ledger.learn(object)));
  }

  /** The watch says that this object is gone. */
  public void deleted(ServiceObject last) {
    means.executor().execute(() -> learn(() -> ledger.forget(last)));
  }

  /**
   * What may be dialled is of no use: it did not answer a handshake in time, or refuses connections
   * for a while. Unless somebody is connected, the stake says so at once, and the operator replaces
   * what runs, or goes on waiting for it.
   */
  public void broken(FailureReason reason) {
    means
        .executor()
        .execute(
            () -> {
              if (gate.demand().open() == 0) {
                learn(() -> ledger.complain(reason));
              }
            });
  }

  /**
   * Takes the stake back as soon as the last tunnel is closed. Closing them is not its business.
   *
   * @return completed when no stake is left; never, if the API server does not answer any more
   */
  public CompletionStage<Void> shutDown() {
    means.executor().execute(() -> learn(() -> shuttingDown = true));
    return withdrawn;
  }

  /** Asks for a look at demand and stake, soon. Requests that come before it are one. */
  public void trigger() {
    if (requested.compareAndSet(false, true)) {
      means.executor().execute(this::run);
    }
  }

  private void learn(Runnable news) {
    news.run();
    run();
  }

  private void run() {
    requested.set(false);
    if (ledger.takeVoided()) {
      patience.voided(ledger.written(), means.clock().instant());
    }
    admit();
    if (!sending) {
      wakeUpAt(Optional.empty());
      act();
    }
  }

  /** Tells the gate who may dial, from what is known at this moment. */
  private void admit() {
    Optional<StatusDocument> status = ledger.status();
    seen = status.map(StatusDocument::toCore).orElseGet(ServiceStatus::initial);
    if (ledger.isGone()) {
      leave(StopReason.REMOVED);
      gate.apply(
          new Waiters.Refuse(Refusal.of(Refusal.Reason.DISABLED, "the service has been removed")));
      return;
    }
    var standing = status.map(it -> new AdmissionRules(it, ledger.stands()));
    standing
        .filter(AdmissionRules::isLeaving)
        .ifPresent(it -> leave(it.comesBack() ? StopReason.OUTDATED : StopReason.DISABLED));
    var nextAnswer = patience.nextAnswer();
    Waiters waiters =
        standing
            .map(it -> it.waiters(nextAnswer))
            .orElseGet(() -> new AdmissionRules(StatusDocument.blank(), false).waiters(nextAnswer));
    leaving &= !(waiters instanceof Waiters.Admit);
    standing.map(AdmissionRules::draining).ifPresent(gate::drain);
    gate.apply(waiters);
  }

  /** Asks live tunnels to leave, once until the next admission. */
  private void leave(StopReason reason) {
    if (!leaving) {
      leaving = true;
      gate.drain(reason);
    }
  }

  private void act() {
    Instant now = means.clock().instant();
    if (patience.until().filter(now::isBefore).isPresent()) {
      wakeUpAt(patience.until());
    } else if (ledger.isDoubtful()) {
      send(Request.READ, () -> means.api().get(id));
    } else if (ledger.isInitialised()) {
      actOn(gate.demand(), now);
    } else if (shuttingDown) {
      withdrawn.complete(null);
    }
  }

  private void actOn(Demand.Known demand, Instant now) {
    if (isNeeded(demand, now)) {
      if (!ledger.stands()) {
        enter(demand, now);
      } else if (ledger.hasComplaint()) {
        refresh(demand);
      } else if (ledger.connections() != demand.open()) {
        refreshInTime(demand, now);
      } else if (!demand.any()) {
        wakeUpAt(Optional.of(demand.quietSince().plus(linger())));
      }
    } else if (ledger.isEntered()) {
      // Whoever came in the meantime has asked for another look.
      if (!demand.any() && gate.withdrawIfQuiet(demand)) {
        send(Request.UNSTAKE, () -> patch(ledger.unstake(demand.quietSince())));
      }
    } else if (shuttingDown && !demand.any()) {
      withdrawn.complete(null);
    }
  }

  private void enter(Demand.Known demand, Instant now) {
    Optional<Instant> notBefore = patience.entry().filter(now::isBefore);
    if (notBefore.isPresent()) {
      wakeUpAt(notBefore);
    } else {
      send(Request.STAKE, () -> patch(ledger.stake(demand.open())));
    }
  }

  private boolean isNeeded(Demand.Known demand, Instant now) {
    var standing = new AdmissionRules(ledger.status().orElseThrow(), ledger.stands());
    if (demand.any()) {
      return demand.open() > 0 || standing.isWorthAStake();
    }
    return ledger.stands()
        && !shuttingDown
        && standing.isWorthKeeping()
        && now.isBefore(demand.quietSince().plus(linger()));
  }

  private Duration linger() {
    Duration idle = idleTimeout.get();
    return idle.compareTo(LINGER) < 0 ? idle : LINGER;
  }

  /** The last close is told at once, and whoever is served contradicts a complaint at once. */
  private void refreshInTime(Demand.Known demand, Instant now) {
    Instant due = ledger.written().plus(Stake.REFRESH);
    boolean contradicts =
        ledger.connections() == 0
            && demand.open() > 0
            && (ledger.isDisputed() || ledger.complains());
    if (now.isBefore(due) && !contradicts && demand.open() > 0) {
      wakeUpAt(Optional.of(due));
    } else {
      refresh(demand);
    }
  }

  private void refresh(Demand.Known demand) {
    send(Request.STAKE, () -> patch(ledger.refresh(demand.open())));
  }

  private CompletionStage<ApiResult<ServiceObject>> patch(JsonPatch patch) {
    return means.api().patchStatus(id, patch);
  }

  private void send(Request request, Supplier<CompletionStage<ApiResult<ServiceObject>>> sender) {
    sending = true;
    ledger.asks();
    var _ =
        sender
            .get()
            .thenAccept(outcome -> means.executor().execute(() -> answered(request, outcome)));
  }

  private void answered(Request request, ApiResult<ServiceObject> outcome) {
    sending = false;
    Instant now = means.clock().instant();
    patience.after(outcome, now);
    ledger.answered(outcome);
    if (request != Request.READ && outcome instanceof ApiResult.Ok<ServiceObject>) {
      patience.relax();
      ledger.wrote(now);
    }
    run();
  }

  private void wakeUpAt(Optional<Instant> time) {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
    time.ifPresent(
        at -> {
          long nanos = Duration.between(means.clock().instant(), at).toNanos();
          timer =
              means.executor().schedule(this::trigger, Math.max(nanos, 0), TimeUnit.NANOSECONDS);
        });
  }
}
