package dev.dormouse.budget;

import java.util.Optional;

/** What is to be done once, when a count has become as high as this. Guarded by the budget. */
final class Mark {
  private int count;
  private Optional<Runnable> task = Optional.empty();

  /** From now on it is this. */
  void set(int count, Runnable task) {
    this.count = count;
    this.task = Optional.of(task);
  }

  /** What is to be done now that the count is this: nothing, most of the time. */
  Optional<Runnable> reached(int now) {
    Optional<Runnable> due = now < count ? Optional.empty() : task;
    if (due.isPresent()) {
      task = Optional.empty();
    }
    return due;
  }
}
