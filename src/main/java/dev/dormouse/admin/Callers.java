package dev.dormouse.admin;

import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * Who is connected to the admin port: bounded, in all and for each address. Who comes is let in and
 * somebody else has to go, so that a probe always gets through: who has been idle for longest, else
 * who has been at the same request for longest. Thread-safe.
 */
final class Callers {
  static final int MAX = 128;
  static final int MAX_OF_ONE_ADDRESS = 64;

  private final SequencedSet<HeadTimeout> idle = new LinkedHashSet<>();
  private final SequencedSet<HeadTimeout> busy = new LinkedHashSet<>();

  /** Lets this one in; the one that has to go for it is out already, and is to be closed. */
  synchronized Optional<HeadTimeout> enter(HeadTimeout caller) {
    InetAddress address = caller.address();
    long same = idle.stream().filter(it -> it.isAt(address)).count();
    same += busy.stream().filter(it -> it.isAt(address)).count();
    Optional<HeadTimeout> leaving = Optional.empty();
    if (same >= MAX_OF_ONE_ADDRESS) {
      leaving = first(idle, address).or(() -> first(busy, address));
    } else if (idle.size() + busy.size() >= MAX) {
      leaving = Optional.of(idle.isEmpty() ? busy.getFirst() : idle.getFirst());
    }
    leaving.ifPresent(this::leave);
    idle.add(caller);
    return leaving;
  }

  private static Optional<HeadTimeout> first(SequencedSet<HeadTimeout> of, InetAddress address) {
    return of.stream().filter(it -> it.isAt(address)).findFirst();
  }

  /** Its request has come. */
  synchronized void asks(HeadTimeout caller) {
    if (idle.remove(caller)) {
      busy.add(caller);
    }
  }

  /** It has taken its answer. */
  synchronized void answered(HeadTimeout caller) {
    if (busy.remove(caller)) {
      idle.add(caller);
    }
  }

  /** It is gone, or going. */
  synchronized void leave(HeadTimeout caller) {
    boolean _ = idle.remove(caller) || busy.remove(caller);
  }
}
