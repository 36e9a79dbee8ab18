package dev.dormouse.admin.metrics;

import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What sleep saves: what a service used when it was last measured awake, less what is left of it.
 * Measured, never guessed: a service that nobody has seen awake saves an unknown amount, and counts
 * as nothing. Against it stands what Dormouse itself uses. Proportional set sizes: what processes
 * share counts once. Thread-safe.
 */
public final class Savings {
  private final InstantSource clock;
  private Instant since;
  private final Map<ServiceId, Account> accounts = new HashMap<>();
  private double removedByteSeconds;
  private OptionalLong ownBytes = OptionalLong.empty();
  private double ownByteSeconds;
  private Instant ownUntil;

  /**
   * What one service saves.
   *
   * @param bytes now; empty while it sleeps if that is unknown
   * @param byteSeconds since the start
   */
  public record Saving(OptionalLong bytes, double byteSeconds) {}

  /**
   * What Dormouse uses itself.
   *
   * @param bytes when it was last measured; empty where that is impossible
   * @param byteSeconds since the start
   */
  public record Cost(OptionalLong bytes, double byteSeconds) {}

  /** One service; {@code until} is the moment up to which it is accounted for. */
  private static final class Account {
    Instant until;
    boolean passed;
    boolean asleep;
    OptionalLong awake = OptionalLong.empty();
    OptionalLong left = OptionalLong.empty();
    double byteSeconds;

    Account(Instant now) {
      until = now;
    }

    /** As {@link #text} tells it, up to then. */
    Account(Instant until, String text) {
      String[] parts = text.split(" ", -1);
      this.until = until;
      passed = true;
      asleep = Boolean.parseBoolean(parts[0]);
      byteSeconds = Double.parseDouble(parts[1]);
      awake = bytes(parts[2]);
      left = bytes(parts[3]);
    }

    String text() {
      return asleep + " " + byteSeconds + " " + awake.orElse(-1) + " " + left.orElse(-1);
    }

    private static OptionalLong bytes(String text) {
      long bytes = Long.parseLong(text);
      return bytes < 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
    }

    OptionalLong saved() {
      if (!asleep) {
        return OptionalLong.of(0);
      }
      return awake.isPresent() && left.isPresent()
          ? OptionalLong.of(Math.max(0, awake.getAsLong() - left.getAsLong()))
          : OptionalLong.empty();
    }

    /** While it is unknown what is saved, the time is kept for when it is known. */
    void settle(Instant now) {
      OptionalLong saved = saved();
      if (saved.isPresent()) {
        byteSeconds += saved.getAsLong() * seconds(until, now);
        until = now;
      }
    }
  }

  Savings(InstantSource clock) {
    this.clock = clock;
    this.since = clock.instant();
    this.ownUntil = since;
  }

  /** What is known up to now, for {@link #recall}. */
  synchronized Map<String, String> remember() {
    Cost cost = own();
    Map<String, String> all = new HashMap<>();
    all.put("since", since.toString());
    all.put("until", clock.instant().toString());
    all.put("removed", Double.toString(removedByteSeconds));
    all.put("own", Double.toString(cost.byteSeconds()));
    accounts.forEach(
        (id, account) -> {
          if (account.asleep) {
            account.settle(clock.instant());
          }
          all.put("account " + id, account.text());
        });
    return all;
  }

  /**
   * Goes on after a nap of Dormouse itself: what slept has slept on.
   *
   * @param ownWhileAsleep what Dormouse used meanwhile
   */
  synchronized void recall(Map<String, String> all, OptionalLong ownWhileAsleep) {
    Instant now = clock.instant();
    Instant until = Optional.ofNullable(all.get("until")).map(Instant::parse).orElse(now);
    since = Optional.ofNullable(all.get("since")).map(Instant::parse).orElse(since);
    removedByteSeconds = Double.parseDouble(all.getOrDefault("removed", "0"));
    ownByteSeconds =
        Double.parseDouble(all.getOrDefault("own", "0"))
            + ownWhileAsleep.orElse(0) * seconds(until, now);
    ownUntil = now;
    String prefix = "account ";
    all.forEach(
        (key, text) -> {
          if (key.startsWith(prefix)) {
            accounts.put(ServiceId.parse(key.substring(prefix.length())), new Account(until, text));
          }
        });
  }

  /** Since when there are accounts. */
  public synchronized Instant since() {
    return since;
  }

  /** A service changed its phase just now. What goes from awake to asleep directly is frozen. */
  synchronized void passed(ServiceId id, Phase before, Phase after) {
    if (before == after) {
      return;
    }
    Account account = account(id);
    Instant now = clock.instant();
    if (isAsleep(before)) {
      account.settle(now);
    }
    if (isAsleep(after)) {
      account.until = now;
      account.left = before == Phase.ACTIVE ? OptionalLong.empty() : OptionalLong.of(0);
    }
    account.passed = true;
    account.asleep = isAsleep(after);
  }

  /** With or without clients. */
  private static boolean isAsleep(Phase phase) {
    return phase == Phase.DORMANT || phase == Phase.DOZING;
  }

  /** The services were measured just now, and so was Dormouse. */
  public synchronized void measured(List<ServiceView> views, OptionalLong own) {
    Instant now = clock.instant();
    close(views.stream().map(ServiceView::id).toList(), now);
    views.forEach(view -> measured(view, now));
    ownByteSeconds += ownBytes.isPresent() ? ownBytes.getAsLong() * seconds(ownUntil, now) : 0;
    if (own.isPresent() && ownBytes.isEmpty()) {
      ownByteSeconds = own.getAsLong() * seconds(since, now);
    }
    ownUntil = now;
    ownBytes = own.isPresent() ? own : ownBytes;
  }

  /** What services have saved that are not declared any more stays saved. */
  private void close(List<ServiceId> declared, Instant now) {
    accounts.forEach(
        (id, account) -> {
          if (!declared.contains(id)) {
            if (account.asleep) {
              account.settle(now);
            }
            removedByteSeconds += account.byteSeconds;
          }
        });
    accounts.keySet().retainAll(declared);
  }

  /** What is left of a sleeping service is taken to have been left since it was last looked at. */
  private void measured(ServiceView view, Instant now) {
    Account account = account(view.id());
    account.awake = view.awakeBytes();
    if (isAsleep(view.status().phase())) {
      account.left = OptionalLong.of(view.process().map(ProcessUsage::memoryBytes).orElse(0L));
    }
    if (account.asleep) {
      account.settle(now);
    }
    if (!account.passed) {
      account.asleep = isAsleep(view.status().phase());
      account.until = now;
    }
  }

  /** Up to now. */
  public synchronized Saving of(ServiceId id) {
    Account account = account(id);
    if (account.asleep) {
      account.settle(clock.instant());
    }
    return new Saving(account.saved(), account.byteSeconds);
  }

  /** What those have saved that are not declared any more. */
  public synchronized double removedByteSeconds() {
    return removedByteSeconds;
  }

  /** Up to now. */
  public synchronized Cost own() {
    Instant now = clock.instant();
    double more = ownBytes.isPresent() ? ownBytes.getAsLong() * seconds(ownUntil, now) : 0;
    return new Cost(ownBytes, ownByteSeconds + more);
  }

  private Account account(ServiceId id) {
    return accounts.computeIfAbsent(id, _ -> new Account(clock.instant()));
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e9;
  }
}
