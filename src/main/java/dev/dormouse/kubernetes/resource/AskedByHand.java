package dev.dormouse.kubernetes.resource;

import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.core.Surroundings.Wish;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What people ask of a service by hand: annotations, which they write and nobody else. An
 * annotation and not the status, which is the operator's: whoever may edit a service may ask, what
 * GitOps tools declare does not name it, it outlives any part of Dormouse, and the API server's
 * audit log says who it was. Each says what it is about, a time or an awake period, so that it is
 * never obeyed twice and need not be taken back.
 *
 * @param awakeUntil it is kept awake until then, as in a warm window
 * @param sleepEpoch the awake period that ends as soon as nobody is connected
 * @param drainEpoch the awake period whose clients are asked to leave
 * @param mistakes what cannot be read, for people
 */
public record AskedByHand(
    Optional<Instant> awakeUntil,
    OptionalLong sleepEpoch,
    OptionalLong drainEpoch,
    List<String> mistakes) {
  /** An instant (RFC 3339). A new one is a new try, whatever back-off and breaker say. */
  public static final String AWAKE_UNTIL = "dormouse.dev/awake-until";

  /** A {@code status.epoch}. */
  public static final String SLEEP_EPOCH = "dormouse.dev/sleep-epoch";

  /** A {@code status.epoch}. */
  public static final String DRAIN_EPOCH = "dormouse.dev/drain-epoch";

  /** What the annotations of a service say. */
  public static AskedByHand of(Map<String, String> annotations) {
    var mistakes = new ArrayList<String>();
    var asked =
        new AskedByHand(
            instant(annotations, mistakes),
            epoch(annotations, SLEEP_EPOCH, mistakes),
            epoch(annotations, DRAIN_EPOCH, mistakes),
            mistakes);
    return new AskedByHand(
        asked.awakeUntil(), asked.sleepEpoch(), asked.drainEpoch(), List.copyOf(mistakes));
  }

  private static Optional<Instant> instant(Map<String, String> annotations, List<String> mistakes) {
    String text = annotations.get(AWAKE_UNTIL);
    try {
      return Optional.ofNullable(text).map(Instant::parse);
    } catch (DateTimeParseException e) {
      mistakes.add(AWAKE_UNTIL + ": not a time such as 2026-05-01T18:00:00Z");
      return Optional.empty();
    }
  }

  private static OptionalLong epoch(
      Map<String, String> annotations, String name, List<String> mistakes) {
    String text = annotations.get(name);
    try {
      return text == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      mistakes.add(name + ": not a status.epoch");
      return OptionalLong.empty();
    }
  }

  /**
   * The windows in which it is to be awake.
   *
   * @param now by the wall clock: what is over is not told
   */
  public List<Warm> windows(List<Warm> declared, Instant now) {
    Optional<Instant> until = awakeUntil.filter(now::isBefore);
    if (until.isEmpty()) {
      return declared;
    }
    var all = new ArrayList<>(declared);
    all.add(new Warm.Once(Instant.MIN, until.get()));
    return all;
  }

  /** What it asks of the awake period that is now. */
  public Wish wish(long epoch) {
    if (drainEpoch.equals(OptionalLong.of(epoch))) {
      return Wish.LEAVE;
    }
    return sleepEpoch.equals(OptionalLong.of(epoch)) ? Wish.SLEEP : Wish.NONE;
  }
}
