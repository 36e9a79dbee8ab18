package dev.dormouse.cli.rest;

import dev.dormouse.control.Idleness;
import dev.dormouse.control.ManualControl;
import dev.dormouse.control.ManualControl.Answer;
import dev.dormouse.control.ServiceView;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Sleep;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Ends a machine that nothing has needed for long enough. First every service is put to sleep, one
 * at a time and only if nobody is there; an arrival that comes before all of them sleep wins, and
 * the machine stays up. One that comes later is refused with the reason, by the ordinary stop.
 */
public final class IdleShutdown {
  private static final Logger LOG = System.getLogger("dormouse");

  /** Seldom enough to cost nothing; what comes and goes between two looks is seen all the same. */
  private static final Duration LOOK = Duration.ofSeconds(10);

  private static final Duration CLOSING_LOOK = Duration.ofMillis(50);

  /** A wait that took so much longer than asked for was a suspend, or a stall. */
  private static final Duration JUMP = Duration.ofSeconds(5);

  /**
   * How long one who was let in before the door was shut may take to say what for. Others wait in
   * the kernel's queue meanwhile.
   */
  private static final Duration SETTLING = Duration.ofSeconds(2);

  /** Longest that putting everything to sleep may take: a drain and a grace period, and more. */
  private static final Duration CLOSING_BOUND = Duration.ofMinutes(10);

  private final Plan plan;
  private final Subject subject;
  private final InstantSource clock;
  private final Idleness idleness;
  private Optional<String> told = Optional.empty();
  private Optional<Instant> closingSince = Optional.empty();
  private Optional<Instant> shutSince = Optional.empty();
  private Instant expected;
  private volatile Instant due;

  /**
   * What is wanted.
   *
   * @param after how long nothing must have been needed
   * @param suspends whether the end is one from which the same process goes on
   */
  public record Plan(Duration after, boolean suspends) {
    /** Why a service cannot be combined with this; empty if it can. */
    public Optional<String> objection(ServiceId id, ServiceSpec spec) {
      if (!spec.warm().isEmpty()) {
        String why =
            ": spec.warm: nothing wakes a machine that has ended; not with --exit-when-idle";
        return Optional.of(id + why);
      }
      if (suspends && spec.sleep() != Sleep.STOP) {
        String word = spec.sleep() == Sleep.DOZE ? "Doze" : "Freeze";
        String why =
            ": spec.sleep: " + word + " needs swap, and no Machine with swap can be suspended;";
        return Optional.of(id + why + " not with --when-idle=suspend");
      }
      return Optional.empty();
    }
  }

  /**
   * The machine.
   *
   * @param elsewhere how many clients it relays to another region
   * @param door where clients come in
   * @param end ends it; empty if that is under way, else why it goes on
   */
  public record Subject(
      ServiceView.Source services,
      ManualControl control,
      IntSupplier elsewhere,
      Door door,
      End end) {}

  /**
   * Where clients come in; who is shut out waits for whoever opens it next.
   *
   * @param accept opens or shuts it
   * @param connections how many have come in and not left
   */
  public record Door(Consumer<Boolean> accept, IntSupplier connections) {
    /** One that nobody can wait behind: who comes too late is refused. */
    public static final Door NONE = new Door(_ -> {}, () -> 0);
  }

  /** The last step. */
  public interface End {
    Optional<String> end();
  }

  /** Looks at nothing before it is started. */
  public IdleShutdown(Plan plan, Subject subject, InstantSource clock) {
    this.plan = plan;
    this.subject = subject;
    this.clock = clock;
    expected = clock.instant();
    due = expected.plus(plan.after());
    idleness = new Idleness(plan.after(), expected);
  }

  /** Counts from then, when something was last needed: for one that goes on after a nap. */
  public IdleShutdown since(Instant lastNeeded) {
    idleness.restart(lastNeeded);
    due = lastNeeded.plus(plan.after());
    return this;
  }

  /** When it will be, if nothing is needed until then. Thread-safe. */
  Instant due() {
    return due;
  }

  /** Since when nothing has been needed. Thread-safe. */
  Instant lastNeeded() {
    return due.minus(plan.after());
  }

  /** Looks again and again, on a thread of its own. */
  public void start() {
    Thread.ofPlatform()
        .daemon()
        .name("dormouse-idle")
        .start(
            () -> {
              while (true) {
                LockSupport.parkNanos(step().toNanos());
              }
            });
  }

  /** Looks once, does what is due, and says when to look again. */
  Duration step() {
    Instant now = clock.instant();
    if (now.isAfter(expected.plus(JUMP))) {
      LOG.log(Level.INFO, "a jump of the clock; idleness counts from now");
      idleness.restart(now);
    }
    Duration next = closingSince.isPresent() ? close(now) : watch(now);
    expected = clock.instant().plus(next);
    return next;
  }

  private Duration watch(Instant now) {
    List<ServiceView> views = subject.services().views();
    Duration left = left(now, views);
    if (left.isPositive()) {
      return left.compareTo(LOOK) < 0 ? left : LOOK;
    }
    LOG.log(Level.INFO, "nothing was needed for {0}: closing", plan.after());
    closingSince = Optional.of(now);
    return close(now);
  }

  private Duration left(Instant now, List<ServiceView> views) {
    Optional<String> obstacle =
        views.stream().flatMap(it -> plan.objection(it.id(), it.spec()).stream()).findFirst();
    if (!obstacle.equals(told)) {
      obstacle.ifPresent(it -> LOG.log(Level.WARNING, "stays up: " + it));
      told = obstacle;
    }
    if (obstacle.isPresent() || subject.elsewhere().getAsInt() > 0) {
      idleness.restart(now);
    }
    Duration left = idleness.left(now, views);
    due = now.plus(left);
    return left;
  }

  private Duration close(Instant now) {
    List<ServiceView> views = subject.services().views();
    if (left(now, views).isPositive()) {
      return stayUp(now, "somebody arrived");
    }
    List<ServiceView> awake = Idleness.awake(views);
    if (awake.isEmpty()) {
      return isSettled(now) ? end(now) : CLOSING_LOOK;
    }
    if (now.isAfter(closingSince.orElse(now).plus(CLOSING_BOUND))) {
      return stayUp(now, awake.getFirst().id() + " does not fall asleep");
    }
    for (ServiceView view : awake) {
      if (view.status().phase() == Phase.ACTIVE && !isAccepted(view.id())) {
        return stayUp(now, view.id() + " is needed");
      }
    }
    return CLOSING_LOOK;
  }

  /** Shuts the door, and says whether nobody is behind it who may yet ask for something. */
  private boolean isSettled(Instant now) {
    if (shutSince.isEmpty()) {
      subject.door().accept().accept(false);
      shutSince = Optional.of(now);
      return subject.door().equals(Door.NONE);
    }
    return subject.door().connections().getAsInt() == 0
        || !now.isBefore(shutSince.orElse(now).plus(SETTLING));
  }

  private void reopen() {
    shutSince.ifPresent(_ -> subject.door().accept().accept(true));
    shutSince = Optional.empty();
    closingSince = Optional.empty();
  }

  private boolean isAccepted(ServiceId id) {
    Answer answer =
        subject
            .control()
            .sleep(id, new ManualControl.Manner(false, true))
            .completeOnTimeout(new Answer.Refused("no answer"), LOOK.toSeconds(), TimeUnit.SECONDS)
            .join();
    return answer instanceof Answer.Accepted;
  }

  private Duration end(Instant now) {
    Optional<String> why = subject.end().end();
    why.ifPresent(it -> LOG.log(Level.ERROR, "could not be suspended: " + it));
    reopen();
    idleness.restart(why.isPresent() ? now : clock.instant());
    return LOOK;
  }

  private Duration stayUp(Instant now, String why) {
    LOG.log(Level.INFO, "stays up: " + why);
    reopen();
    idleness.restart(now);
    return LOOK;
  }
}
