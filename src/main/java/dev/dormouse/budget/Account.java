package dev.dormouse.budget;

import dev.dormouse.budget.Budget.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What is kept for one stranger. When it has to go it is closed first, and then told to free what
 * it stands for. Thread-safe; closing it twice is harmless.
 */
public final class Account implements AutoCloseable {
  private final Budget budget;

  // All of these are the budget's, guarded by it.
  Runnable shed;
  Kind kind;
  long bytes;
  boolean connection;
  boolean closed;
  int rank = Ranks.NONE;
  @Nullable Account before;
  @Nullable Account behind;

  Account(Budget budget, Kind kind, Runnable shed) {
    this.budget = budget;
    this.kind = kind;
    this.shed = shed;
  }

  /** From now on it keeps so many bytes; false if it had to go for them, or is closed already. */
  public boolean resize(long bytes) {
    return budget.resize(this, bytes);
  }

  /**
   * From now on it is of this kind, as the youngest; false if it had to go for that, or is closed.
   *
   * @param shed frees what it stands for now
   */
  public boolean become(Kind kind, long bytes, Runnable shed) {
    return budget.change(this, kind, bytes, shed);
  }

  /**
   * As {@link #become}, but opened anew if it had to go: what it stood for is something less now.
   */
  public boolean renew(Kind kind, long bytes, Runnable shed) {
    return budget.renew(this, kind, bytes, shed);
  }

  /** What it stands for is freed. */
  @Override
  public void close() {
    budget.close(this);
  }
}
