package dev.dormouse.local;

import dev.dormouse.core.Action;
import dev.dormouse.core.WakeReason;
import dev.dormouse.core.Workload;
import dev.dormouse.testing.FakeDriver;
import java.time.Duration;
import java.time.Instant;

/**
 * The server of one service as its own kernel knows it: what has come for it and was not read, and
 * whether somebody else holds its sockets open. A doze of it takes several steps, between which
 * anything may come.
 */
final class SimSleeper {
  /** Mistakes of those who put it to sleep and wake it. */
  enum Flaw {
    NONE,
    /** What came before the signal is not looked at once more. */
    NO_LAST_LOOK,
    /** Its sockets are still held after the thaw. */
    DUPLICATE_KEPT,
    /** The activator counts heartbeats as activity. */
    HEARTBEAT_COUNTS,
    /** The activator does not tell that something waits to be taken by a client. */
    BACKLOG_UNTOLD
  }

  private final SimService service;
  private final FakeDriver driver;
  private final Flaw flaw;
  private boolean unread;
  private boolean held;
  private boolean stopped;
  private int backlogs;
  private Instant lastPassed = Instant.MIN;

  SimSleeper(SimService service, FakeDriver driver, Flaw flaw) {
    this.service = service;
    this.driver = driver;
    this.flaw = flaw;
  }

  /** A client says something, which reaches the server's socket at once. */
  void message(Instant now) {
    lastPassed = now;
    come();
    service.entry.gate().ifPresent(it -> it.silence().stir(WakeReason.MESSAGE));
  }

  /** Redis says something, past the gate. */
  void broadcast() {
    come();
    if (stopped && held) {
      driver.rouse(service.id(), WakeReason.BROADCAST);
    }
  }

  void heartbeat() {
    if (flaw == Flaw.HEARTBEAT_COUNTS) {
      service.entry.gate().ifPresent(it -> it.silence().stir(WakeReason.MESSAGE));
    }
  }

  /** Something begins to wait for a client, or has been taken by it. */
  void backlog(boolean more) {
    if (!more && backlogs == 0) {
      return;
    }
    backlogs += more ? 1 : -1;
    if (flaw != Flaw.BACKLOG_UNTOLD) {
      service.entry.gate().ifPresent(it -> it.silence().backlog(more));
    }
  }

  /** Nothing waits for anybody any more. */
  void drained() {
    while (backlogs > 0) {
      backlog(false);
    }
  }

  /** Dormouse has crashed: its activator's counts are gone, and so is what it held. */
  void restart() {
    backlogs = 0;
    held = false;
  }

  private void come() {
    unread = driver.isAlive(service.id());
    read();
  }

  /** While it runs it reads what comes. */
  private void read() {
    unread &= stopped;
  }

  /** A doze has won, at this moment. */
  void onDoze(Instant now) {
    Duration after = service.entry.spec.doze().after();
    boolean silent = lastPassed.equals(Instant.MIN) || !now.isBefore(lastPassed.plus(after));
    Promises.require(silent, 1, "a doze of " + service + " under one who speaks");
    Promises.require(backlogs == 0, 1, "a doze of " + service + " while something is on its way");
  }

  /**
   * The action has been taken.
   *
   * @param meanwhile lets other things happen
   */
  void after(Action action, Runnable meanwhile) {
    if (action instanceof Action.Doze) {
      meanwhile.run();
      stopped = true;
      meanwhile.run();
      held = true;
      if (unread && flaw != Flaw.NO_LAST_LOOK) {
        driver.rouse(service.id(), WakeReason.BROADCAST);
      }
      meanwhile.run();
    } else if (!(driver.workload(service.id()) instanceof Workload.Frozen)) {
      stopped = false;
      held &= flaw == Flaw.DUPLICATE_KEPT;
      read();
    }
  }

  /** What must be true when no pass is due. */
  void atRest() {
    boolean sleeps = driver.workload(service.id()) instanceof Workload.Frozen;
    if (!sleeps) {
      stopped = false;
      held &= flaw == Flaw.DUPLICATE_KEPT;
      read();
    }
    boolean heard = driver.observe(service.id()) instanceof Workload.Unknown;
    boolean open = service.entry.demand().open() > 0;
    boolean known = service.demandIsKnown && !heard;
    Promises.require(
        !(sleeps && stopped && unread && open && known),
        2,
        "what came for " + service + " is lost");
    Promises.require(sleeps || !held, 5, "sockets of " + service + " are held though it is awake");
  }
}
