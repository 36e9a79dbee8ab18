package dev.dormouse.kubernetes.apply;

import dev.dormouse.kubernetes.status.ExtraCondition;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What came of looking after some objects of a service. */
sealed interface Check {
  /** All is as it should be. */
  record Sound() implements Check {}

  /** Something is not. */
  record Flawed(Trouble trouble) implements Check {}

  /** The API server did not answer: what was known stays. */
  record Unanswered() implements Check {}

  /** This trouble, unless all that it is about is going anyway. */
  static Check of(ExtraCondition.Type type, String message) {
    return Trouble.isOfTheEnd(message) ? new Sound() : new Flawed(new Trouble(type, message));
  }

  /**
   * The trouble now.
   *
   * @param before all that there were when it was looked at last
   * @param about the types that this check is about
   */
  default Stream<Trouble> now(Collection<Trouble> before, Set<ExtraCondition.Type> about) {
    return switch (this) {
      case Sound _ -> Stream.empty();
      case Flawed(Trouble trouble) -> Stream.of(trouble);
      case Unanswered _ -> before.stream().filter(it -> about.contains(it.type()));
    };
  }

  /** This one, or if it is sound another. */
  default Check or(Optional<Check> other) {
    return this instanceof Sound ? other.orElse(this) : this;
  }
}
