package dev.dormouse.core;

import java.time.Instant;
import java.util.Optional;

/**
 * Everything about a service that is neither its spec, nor its demand, nor its workload.
 *
 * @param now the time of this pass
 * @param presence whether this copy of Dormouse serves it at all
 * @param dependencies the state of what must be ready first
 * @param dependentAwake true if a service that depends on it is waking or awake
 * @param warmUntil the end of the warm window that holds now, if one does
 * @param nextWarm the start of the next warm window, if one is known
 * @param napEnded true just after a client has ended a nap of Dormouse itself
 * @param wish what somebody asks of it by hand
 */
public record Surroundings(
    Instant now,
    Presence presence,
    Dependencies dependencies,
    boolean dependentAwake,
    Optional<Instant> warmUntil,
    Optional<Instant> nextWarm,
    boolean napEnded,
    Wish wish) {

  /** The same where no nap has ended just now, and nobody asks for anything. */
  public Surroundings(
      Instant now,
      Presence presence,
      Dependencies dependencies,
      boolean dependentAwake,
      Optional<Instant> warmUntil,
      Optional<Instant> nextWarm) {
    this(now, presence, dependencies, dependentAwake, warmUntil, nextWarm, false, Wish.NONE);
  }

  /** The same, just after a client has ended a nap of Dormouse itself. */
  public Surroundings afterNap() {
    return new Surroundings(
        now, presence, dependencies, dependentAwake, warmUntil, nextWarm, true, wish);
  }

  /** The same where somebody asks for this. */
  public Surroundings wishing(Wish newWish) {
    return new Surroundings(
        now, presence, dependencies, dependentAwake, warmUntil, nextWarm, napEnded, newWish);
  }

  /** What people may ask of a service by hand, beside keeping it awake for a time. */
  public enum Wish {
    /** Nothing. */
    NONE,
    /** To be tried at once, whatever its back-off and breaker say. */
    TRY,
    /** To sleep as soon as nobody is connected. */
    SLEEP,
    /** To leave now: its clients are asked to. */
    LEAVE
  }

  /** Whether this copy of Dormouse serves a service. */
  public enum Presence {
    /** It does. */
    HERE,
    /** Another region does. */
    ELSEWHERE,
    /** Its resource is gone. */
    REMOVED,
    /** Dormouse is stopping. */
    SHUTTING_DOWN
  }

  /** The state of all that a service depends on, as one: the worst of them. */
  public sealed interface Dependencies {
    /** All are ready, or there are none. */
    record AllReady() implements Dependencies {}

    /** The named one is not ready yet. */
    record NotReady(String name) implements Dependencies {}

    /** The named one failed, is disabled or does not exist. */
    record Unavailable(String name) implements Dependencies {}
  }

  /** Nothing around it: served here, no dependencies, no dependents, no warm window. */
  public static Surroundings plain(Instant now) {
    return new Surroundings(
        now, Presence.HERE, new Dependencies.AllReady(), false, Optional.empty(), Optional.empty());
  }
}
