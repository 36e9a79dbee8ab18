package dev.dormouse.activator;

import dev.dormouse.budget.Account;
import dev.dormouse.budget.Budget;
import dev.dormouse.budget.Budget.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one of the two ends of a client's way to take it, counted on the budget. Confined
 * to an event loop.
 */
final class Unread {
  private final Budget budget;
  private final Runnable shed;
  private @Nullable Account account;
  private final Backlog backlog;
  private long bytes;
  private boolean told;

  /** Hears whether anything waits, when that changes. */
  interface Backlog {
    void is(boolean waiting);
  }

  /**
   * Nothing waits yet.
   *
   * @param shed ends what it waits for, if there is no room; called on any thread
   */
  Unread(Budget budget, Runnable shed) {
    this(budget, shed, _ -> {});
  }

  /** The same, of which somebody else hears. */
  Unread(Budget budget, Runnable shed, Backlog backlog) {
    this.budget = budget;
    this.shed = shed;
    this.backlog = backlog;
  }

  private void tell(boolean waiting) {
    if (told != waiting) {
      told = waiting;
      backlog.is(waiting);
    }
  }

  /** Whatever still waits, nobody will take it. */
  void close() {
    tell(false);
  }

  /** So many more bytes are to wait; false if there is no room: then all has been shed. */
  boolean waits(int more) {
    bytes += more;
    tell(true);
    if (account == null) {
      account = budget.open(Kind.UNREAD, bytes, shed).orElse(null);
      return account != null;
    }
    return account.resize(bytes);
  }

  /** So much waits, of everybody's, that no more should be kept. */
  boolean isTight() {
    return budget.isTight();
  }

  /** So many wait no more. */
  void taken(int fewer) {
    bytes -= fewer;
    tell(bytes > 0);
    if (account != null) {
      account.resize(bytes);
      if (bytes == 0) {
        account.close();
        account = null;
      }
    }
  }
}
