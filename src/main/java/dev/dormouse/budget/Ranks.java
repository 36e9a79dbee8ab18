package dev.dormouse.budget;

import org.jspecify.annotations.Nullable;

/**
 * The accounts of one kind, by powers of two of their size where that counts, and by age within
 * each rank: to add, remove and find the worst takes constant time. Guarded by the budget.
 */
final class Ranks {
  /** Who is the worst of a kind. */
  enum Order {
    OLDEST,
    LARGEST,
    /** They came by right and stay; one too many is not let in. */
    NONE
  }

  /** The rank of an account that is in none. */
  static final int NONE = -1;

  private final @Nullable Account[] oldest = new Account[Long.SIZE];
  private final @Nullable Account[] youngest = new Account[Long.SIZE];

  /** A bit for each rank that is not empty. */
  private long present;

  /** Adds it as the youngest of its rank. */
  void add(Account account) {
    int rank = rank(account);
    Account before = youngest[rank];
    account.rank = rank;
    account.before = before;
    account.behind = null;
    if (before == null) {
      oldest[rank] = account;
      present |= 1L << rank;
    } else {
      before.behind = account;
    }
    youngest[rank] = account;
  }

  /** Removes it, if it is in any. */
  void remove(Account account) {
    int rank = account.rank;
    if (rank == NONE) {
      return;
    }
    Account before = account.before;
    Account behind = account.behind;
    if (before == null) {
      oldest[rank] = behind;
    } else {
      before.behind = behind;
    }
    if (behind == null) {
      youngest[rank] = before;
    } else {
      behind.before = before;
    }
    present &= oldest[rank] == null ? ~(1L << rank) : -1L;
    account.rank = NONE;
    account.before = null;
    account.behind = null;
  }

  /** Its size has changed. */
  void heed(Account account) {
    if (account.rank != NONE && account.rank != rank(account)) {
      remove(account);
      add(account);
    }
  }

  /** The oldest of the highest rank. */
  @Nullable Account worst() {
    return present == 0 ? null : oldest[log2(present)];
  }

  private static int rank(Account account) {
    return account.kind.order == Order.LARGEST ? log2(account.bytes | 1) : 0;
  }

  private static int log2(long value) {
    return Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
  }
}
