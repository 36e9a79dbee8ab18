package dev.dormouse.cli.rest;

import dev.dormouse.control.NapDecision;
import dev.dormouse.control.NapDecision.Contact;
import dev.dormouse.control.NapDecision.LastContact;
import dev.dormouse.control.NapDecision.Reason;
import dev.dormouse.control.NapDecision.Sight;
import dev.dormouse.control.NapDecision.Verdict;
import dev.dormouse.control.PassListener;
import dev.dormouse.core.Decision;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Has Dormouse itself sleep when nothing needs it: looks, decides, and begins a nap. Control thread
 * only, but for {@link #contacted}, {@link #served} and {@link #reason}.
 */
public final class NapLoop implements PassListener {
  private static final Logger LOG = System.getLogger("dormouse");

  /** Seldom enough to cost nothing; what comes and goes between two looks is seen all the same. */
  private static final Duration LOOK = Duration.ofSeconds(10);

  /** Until connections that say nothing are closed. */
  private static final Duration CLOSING = Duration.ofMillis(200);

  /** So many times the wait for a nap: who comes that often keeps it awake for good. */
  private static final int PERSISTENCE = 10;

  private final Duration calm;
  private final Body body;
  private final InstantSource clock;
  private final ScheduledExecutorService control;
  private final Set<Contact> told = EnumSet.noneOf(Contact.class);
  private volatile LastContact last;
  private final AtomicInteger broken;
  private Optional<Instant> onlyContactsSince = Optional.empty();

  /** What sleeps. */
  interface Body {
    /** Everything that the decision goes by. */
    Sight sight(LastContact last);

    /** Closes connections on which nothing is under way; true if there are none. */
    boolean isAlone();

    /**
     * Begins a nap, unless something has come in meanwhile.
     *
     * @param seen the last contact that the decision knows of
     * @throws IOException if it cannot be done, saying why
     */
    void nap(LastContact seen, Optional<Instant> until) throws IOException;
  }

  /**
   * Looks from now on.
   *
   * @param calm how long nothing must have come in
   * @param broken how many naps in a row were broken before
   */
  NapLoop(
      Duration calm, int broken, Body body, InstantSource clock, ScheduledExecutorService control) {
    this.calm = calm;
    this.broken = new AtomicInteger(broken);
    this.body = body;
    this.clock = clock;
    this.control = control;
    this.last = new LastContact(broken > 0 ? Contact.NAP : Contact.START, clock.instant());
  }

  /** Begins to look. */
  void start() {
    lookAfter(calm);
  }

  /** How many naps in a row were broken. */
  int broken() {
    return broken.get();
  }

  /** How many were, if this one ended after so long. */
  static int broken(Map<String, String> note, Instant now) {
    int before = Integer.parseInt(note.getOrDefault("broken", "0"));
    Instant began = Instant.parse(note.getOrDefault("began", Instant.EPOCH.toString()));
    boolean short_ = now.isBefore(began.plus(NapDecision.BROKEN));
    return short_ ? before + 1 : 0;
  }

  /** What {@link #broken(Map, Instant)} reads. */
  Map<String, String> note() {
    return Map.of("broken", Integer.toString(broken.get()), "began", clock.instant().toString());
  }

  /** Something came in. Thread-safe. */
  void contacted(Contact what) {
    last = new LastContact(what, clock.instant());
  }

  /** A client was let in: whatever broke naps, this one was what they are for. Thread-safe. */
  public void served() {
    broken.set(0);
  }

  LastContact last() {
    return last;
  }

  /** Why it is awake; empty if it is about to sleep. Control thread only. */
  Optional<Reason> reason() {
    return decide() instanceof Verdict.Awake(Reason reason, var _)
        ? Optional.of(reason)
        : Optional.empty();
  }

  @Override
  public void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after) {
    contacted(Contact.CHANGE);
  }

  private Verdict decide() {
    return NapDecision.decide(calm, broken.get(), body.sight(last), clock.instant());
  }

  /** Looks once, and says when to look again. */
  Duration look() {
    Instant now = clock.instant();
    LastContact seen = last;
    return switch (NapDecision.decide(calm, broken.get(), body.sight(seen), now)) {
      case Verdict.Awake(Reason.Contacted(LastContact contact), var until) -> {
        tellOfPersistence(contact, now);
        yield until.map(it -> Duration.between(now, it)).orElse(LOOK);
      }
      case Verdict.Awake _ -> {
        onlyContactsSince = Optional.empty();
        yield calm.compareTo(LOOK) < 0 ? calm : LOOK;
      }
      case Verdict.Nap(Optional<Instant> until) -> body.isAlone() ? nap(seen, until) : CLOSING;
    };
  }

  private Duration nap(LastContact seen, Optional<Instant> until) {
    try {
      body.nap(seen, until);
      return CLOSING;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "no nap, tried again later: " + e.getMessage());
      broken.incrementAndGet();
      contacted(Contact.NAP);
      return calm;
    }
  }

  private void tellOfPersistence(LastContact contact, Instant now) {
    Instant since = onlyContactsSince.orElse(now);
    onlyContactsSince = Optional.of(since);
    if (now.isAfter(since.plus(calm.multipliedBy(PERSISTENCE))) && told.add(contact.what())) {
      LOG.log(
          Level.INFO,
          "never naps while this goes on: "
              + contact.what().words()
              + " again and again (--nap never saves the looks)");
    }
  }

  private void lookAgain() {
    Duration next = LOOK;
    try {
      next = look();
    } finally {
      lookAfter(next);
    }
  }

  private void lookAfter(Duration delay) {
    var _ = control.schedule(this::lookAgain, Math.max(delay.toMillis(), 1), TimeUnit.MILLISECONDS);
  }
}
