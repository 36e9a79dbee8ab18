package dev.dormouse.budget;

import static java.util.Objects.requireNonNull;

import dev.dormouse.budget.Ranks.Order;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What strangers may make this process keep in memory, all of them together. Whoever keeps
 * something on their account says so first, by an {@link Account}; where that would be too much,
 * the worst offender has to go, which may be the one that asks.
 *
 * <p>Each {@link Kind} has a share, so that one of them cannot take all. Kinds that are not cut
 * short may use more: then the others are cut to what is left. Thread-safe; every step takes
 * constant time.
 */
public final class Budget {
  /** Accounts that leave enough behind to be collected. */
  private static final int BUSY = 500;

  private static final Kind[] KINDS = Kind.values();

  /** What is kept for whom. */
  public enum Kind {
    /** A connection whose next request is not complete. */
    HEAD("unfinished-head", Order.OLDEST),
    /** A connection that has not taken its answer yet, or has not hung up after the last one. */
    ANSWER("unread-answer", Order.OLDEST),
    /** An upgrade that waits for its service. */
    HELD("held-upgrade", Order.LARGEST),
    /** An open tunnel, but for what waits in it. */
    TUNNEL("tunnel", Order.NONE),
    /** What waits in a tunnel because one end reads slowly; the only kind outside the heap. */
    UNREAD("slow-reader", Order.LARGEST),
    /** A connection to the admin port. */
    ADMIN("admin", Order.LARGEST);

    private final String reason;
    final Order order;

    Kind(String reason, Order order) {
      this.reason = reason;
      this.order = order;
    }

    /** The kind as it stands in the log and in metrics. */
    public String reason() {
      return reason;
    }
  }

  /**
   * What there is to share out.
   *
   * @param heapBytes for everything but what waits in tunnels
   * @param directBytes for that
   * @param connections how many clients may be connected to the listen address
   */
  public record Limits(long heapBytes, long directBytes, int connections) {
    /** Refuses what nobody could be served with. */
    public Limits {
      if (heapBytes <= 0 || directBytes <= 0 || connections <= 0) {
        throw new IllegalArgumentException(
            "limits must be positive: " + heapBytes + ", " + directBytes + ", " + connections);
      }
    }

    /** More than anybody uses. */
    public static Limits none() {
      return new Limits(Long.MAX_VALUE / 16, Long.MAX_VALUE / 16, Integer.MAX_VALUE);
    }

    long share(Kind kind) {
      return switch (kind) {
        case HEAD, HELD -> heapBytes / 4;
        case ANSWER, ADMIN -> heapBytes / 8;
        case TUNNEL -> heapBytes - heapBytes / 8;
        case UNREAD -> directBytes;
      };
    }

    /** For all kinds on the heap but the admin port, which has a reserve. */
    long clients() {
      return heapBytes - share(Kind.ADMIN);
    }
  }

  private final Limits limits;
  private final Consumer<Budget> shedding;
  private final Map<Kind, Pool> pools = new EnumMap<>(Kind.class);
  private final List<Runnable> waitingForRoom = new ArrayList<>();
  private final Mark busy = new Mark();
  private final Mark crowded = new Mark();
  private int connections;
  private int opened;
  private volatile boolean tight;
  private volatile long sheddings;

  /** A budget of which nothing is used, and nobody hears of it. */
  public Budget(Limits limits) {
    this(limits, _ -> {});
  }

  /**
   * A budget of which nothing is used.
   *
   * @param shedding told of this budget after each account that had to go, on any thread, without a
   *     lock
   */
  public Budget(Limits limits, Consumer<Budget> shedding) {
    this.limits = limits;
    this.shedding = shedding;
    for (Kind kind : KINDS) {
      pools.put(kind, new Pool());
    }
  }

  private Pool pool(Kind kind) {
    return requireNonNull(pools.get(kind));
  }

  /** All that there is, in bytes. */
  public long bytes() {
    return limits.heapBytes() + limits.directBytes();
  }

  /** What is used of it. */
  public synchronized long usedBytes() {
    long sum = 0;
    for (Pool pool : pools.values()) {
      sum += pool.used;
    }
    return sum;
  }

  /** How many of this kind had to go, or were not let in. */
  public synchronized long shed(Kind kind) {
    return pool(kind).shed;
  }

  /** How many had to go in all. */
  public long shed() {
    return sheddings;
  }

  /** So much waits in tunnels that none should be given more to keep. */
  public boolean isTight() {
    return tight;
  }

  /**
   * Opens an account, for which others may have to go; empty if it is the one that had to.
   *
   * @param shed frees what the account stands for. Called once at most, on any thread, without a
   *     lock; afterwards the account is closed
   */
  public Optional<Account> open(Kind kind, long bytes, Runnable shed) {
    var account = new Account(this, kind, shed);
    Optional<Runnable> ofBusy;
    Optional<Runnable> ofCrowd;
    synchronized (this) {
      connections += kind == Kind.HEAD ? 1 : 0;
      account.connection = kind == Kind.HEAD;
      enter(account, kind, bytes);
      ofBusy = busy.reached(++opened);
      ofCrowd = crowded.reached(pool(Kind.UNREAD).accounts);
    }
    ofBusy.ifPresent(Runnable::run);
    ofCrowd.ifPresent(Runnable::run);
    return settle(account) ? Optional.of(account) : Optional.empty();
  }

  /** Whether one more connection could be let in only if one that has come by right went. */
  public synchronized boolean isFull() {
    return isExhausted() && worstClient() == null;
  }

  /** Calls this once, on any thread, when a connection can be let in: at once if one can. */
  public void whenRoom(Runnable task) {
    synchronized (this) {
      if (isFull()) {
        waitingForRoom.add(task);
        return;
      }
    }
    task.run();
  }

  /** Calls this once, on any thread, when so many accounts more have been opened that it counts. */
  public synchronized void whenBusy(Runnable task) {
    opened = 0;
    busy.set(BUSY, task);
  }

  /** How many ends of tunnels have not taken yet what waits for them. */
  public synchronized int slowReaders() {
    return pool(Kind.UNREAD).accounts;
  }

  /**
   * Calls this once, on any thread, when one more has become slow and there are so many of them.
   */
  public synchronized void whenSlowReadersAre(int count, Runnable task) {
    crowded.set(count, task);
  }

  /** So many slow readers have to go, those with most waiting first, whatever is left. */
  public void shedSlowReaders(int count) {
    for (int i = 0; i < count; i++) {
      Account victim;
      synchronized (this) {
        victim = pool(Kind.UNREAD).ranks.worst();
        if (victim == null) {
          return;
        }
        evict(victim);
      }
      shed(victim);
    }
  }

  boolean resize(Account account, long bytes) {
    boolean grows;
    synchronized (this) {
      if (account.closed) {
        return false;
      }
      grows = bytes > account.bytes;
      pool(account.kind).used += bytes - account.bytes;
      account.bytes = bytes;
      pool(account.kind).ranks.heed(account);
      heedTightness();
    }
    if (!grows) {
      tellOfRoom();
    }
    return !grows || settle(account);
  }

  boolean renew(Account account, Kind kind, long bytes, Runnable shed) {
    synchronized (this) {
      if (account.closed) {
        account.closed = false;
        account.shed = shed;
        connections += account.connection ? 1 : 0;
        enter(account, kind, bytes);
      }
    }
    return change(account, kind, bytes, shed);
  }

  boolean change(Account account, Kind kind, long bytes, Runnable shed) {
    synchronized (this) {
      if (account.closed) {
        return false;
      }
      account.shed = shed;
      leave(account);
      enter(account, kind, bytes);
    }
    tellOfRoom();
    return settle(account);
  }

  void close(Account account) {
    synchronized (this) {
      if (account.closed) {
        return;
      }
      remove(account);
    }
    tellOfRoom();
  }

  /** Sheds until everything fits; false if this account had to go for it. */
  private boolean settle(Account account) {
    while (true) {
      Account victim;
      synchronized (this) {
        Optional<Account> worst = offender(account);
        if (worst.isEmpty()) {
          return !account.closed;
        }
        victim = worst.get();
        evict(victim);
      }
      shed(victim);
      if (victim == account) {
        return false;
      }
    }
  }

  private synchronized void evict(Account victim) {
    remove(victim);
    pool(victim.kind).shed++;
    sheddings++;
  }

  private void shed(Account victim) {
    shedding.accept(this);
    victim.shed.run();
  }

  /** Who has to go for this account to stay, itself if nobody else can; empty if nobody has to. */
  private Optional<Account> offender(Account account) {
    if (account.closed) {
      return Optional.empty();
    }
    Kind kind = account.kind;
    if (pool(kind).used > limits.share(kind)) {
      return Optional.of(Optional.ofNullable(pool(kind).ranks.worst()).orElse(account));
    }
    boolean ofClients = kind != Kind.UNREAD && kind != Kind.ADMIN;
    if (ofClients && (usedByClients() > limits.clients() || connections > limits.connections())) {
      return Optional.of(Optional.ofNullable(worstClient()).orElse(account));
    }
    return Optional.empty();
  }

  /** Never one that has come by right. */
  private @Nullable Account worstClient() {
    Account head = pool(Kind.HEAD).ranks.worst();
    Account answer = pool(Kind.ANSWER).ranks.worst();
    boolean answers = pool(Kind.ANSWER).used > pool(Kind.HEAD).used;
    return answer != null && (answers || head == null) ? answer : head;
  }

  private boolean isExhausted() {
    return connections >= limits.connections() || usedByClients() >= limits.clients();
  }

  private long usedByClients() {
    long sum = 0;
    for (Kind kind : KINDS) {
      sum += kind == Kind.ADMIN || kind == Kind.UNREAD ? 0 : pool(kind).used;
    }
    return sum;
  }

  private void enter(Account account, Kind kind, long bytes) {
    account.kind = kind;
    account.bytes = bytes;
    pool(kind).used += bytes;
    pool(kind).accounts++;
    if (kind.order != Order.NONE) {
      pool(kind).ranks.add(account);
    }
    heedTightness();
  }

  private void leave(Account account) {
    pool(account.kind).used -= account.bytes;
    pool(account.kind).accounts--;
    pool(account.kind).ranks.remove(account);
    heedTightness();
  }

  private void remove(Account account) {
    leave(account);
    account.closed = true;
    connections -= account.connection ? 1 : 0;
  }

  private void heedTightness() {
    boolean now = pool(Kind.UNREAD).used > limits.directBytes() / 2;
    if (now != tight) {
      tight = now;
    }
  }

  private void tellOfRoom() {
    List<Runnable> tasks = List.of();
    synchronized (this) {
      if (!waitingForRoom.isEmpty() && !isFull()) {
        tasks = List.copyOf(waitingForRoom);
        waitingForRoom.clear();
      }
    }
    tasks.forEach(Runnable::run);
  }

  /** How much there is, and how many of each kind had to go so far, in one line. */
  public synchronized String story() {
    var line = new StringBuilder("memory budget of ").append(bytes() >> 10).append(" KB: shed");
    for (Kind kind : KINDS) {
      long count = pool(kind).shed;
      if (count > 0) {
        line.append(' ').append(kind.reason()).append('=').append(count);
      }
    }
    return line.append(" in all, connections=").append(connections).toString();
  }
}
