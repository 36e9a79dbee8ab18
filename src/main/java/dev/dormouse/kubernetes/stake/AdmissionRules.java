package dev.dormouse.kubernetes.stake;

import dev.dormouse.core.Condition;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Phase;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.core.Waiters;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.kubernetes.status.StatusDocument.Published;
import dev.dormouse.kubernetes.status.StatusDocument.StatusCondition;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a status and an own stake mean for the upgrades that an activator holds. The first row that
 * matches:
 *
 * <pre>
 * Ready is False: StartFailed                   those are refused whose hold ends before the next try
 * Ready is False: Stopping                      refused: the previous run does not end
 * Ready is False: WaitingForDependency          refused: the dependency cannot be had
 * Ready is False: ServiceConflict, NotRouted,   as if it were Ready: a start may succeed now, and
 * NotApplied, NoScaleTarget                     some come another way
 * Ready is False: any other reason              refused: disabled, removed, invalid, ...
 * phase is Stopping or Draining                 wait for the next start
 * own stake stands, endpoint is of this epoch   may dial
 * the API server does not answer                those are refused whose hold ends before it could
 * else                                          wait
 * </pre>
 */
record AdmissionRules(StatusDocument status, boolean stakeStands) {
  /** Reasons for which it is not Ready, and for which nobody is refused who finds the way. */
  private static final Set<String> SERVED_ALL_THE_SAME =
      Stream.of(
              Condition.Reason.SERVICE_CONFLICT,
              Condition.Reason.NOT_ROUTED,
              Condition.Reason.NOT_APPLIED,
              Condition.Reason.NO_SCALE_TARGET)
          .map(Condition.Reason::word)
          .collect(Collectors.toUnmodifiableSet());

  /**
   * What to do with those that wait.
   *
   * @param nextAnswer when the API server, which does not answer now, can have answered next
   */
  Waiters waiters(Optional<Instant> nextAnswer) {
    Optional<Waiters> refused = unready().flatMap(this::refuse);
    if (refused.isPresent()) {
      return refused.get();
    }
    if (isLeaving()) {
      return new Waiters.Hold();
    }
    Optional<Waiters> admitted =
        status
            .endpoint()
            .filter(to -> stakeStands && to.epoch() == status.epoch())
            .map(to -> new Waiters.Admit(to.endpoint()));
    return admitted.orElseGet(
        () -> nextAnswer.<Waiters>map(AdmissionRules::unavailable).orElseGet(Waiters.Hold::new));
  }

  /** True if the workload is being stopped, or its clients are being asked to leave before. */
  boolean isLeaving() {
    return status.phase() == Phase.STOPPING || status.phase() == Phase.DRAINING;
  }

  /** Where nobody is to stay, although the service goes on. */
  Set<Endpoint> draining() {
    return status.endpoints().stream()
        .filter(Published::draining)
        .map(Published::endpoint)
        .collect(Collectors.toSet());
  }

  /** True if those who are asked to leave will be served when they come again. */
  boolean comesBack() {
    return unready().isEmpty();
  }

  /** True if a stake can bring whoever waits nearer to a workload. */
  boolean isWorthAStake() {
    return unready().flatMap(this::refuse).filter(Waiters.Refuse.class::isInstance).isEmpty();
  }

  /** True if whoever left may come back to the same workload. */
  boolean isWorthKeeping() {
    return !isLeaving() && unready().isEmpty();
  }

  private Optional<StatusCondition> unready() {
    return status
        .condition(StatusDocument.READY)
        .filter(it -> it.status().equals(Condition.Status.FALSE.word()))
        .filter(it -> !SERVED_ALL_THE_SAME.contains(it.reason()));
  }

  /** Empty if there is no reason to refuse anybody. */
  private Optional<Waiters> refuse(StatusCondition unready) {
    String reason = unready.reason();
    if (reason.equals(Condition.Reason.START_FAILED.word())) {
      return status
          .failure()
          .map(it -> new Waiters.RefuseHopeless(it.nextRetry(), Refusal.after(it)));
    }
    if (reason.equals(Condition.Reason.STOPPING.word())) {
      return refuse(Reason.STOPPING, unready);
    }
    if (reason.equals(Condition.Reason.WAITING_FOR_DEPENDENCY.word())) {
      return refuse(Reason.DEPENDENCY_FAILED, unready);
    }
    return refuse(
        reason.equals(Condition.Reason.SERVED_ELSEWHERE.word())
            ? Reason.SERVED_ELSEWHERE
            : Reason.DISABLED,
        unready);
  }

  private static Optional<Waiters> refuse(Reason reason, StatusCondition unready) {
    return Optional.of(new Waiters.Refuse(Refusal.of(reason, unready.message())));
  }

  private static Waiters unavailable(Instant nextAnswer) {
    var why = "the API server does not answer, and this replica has no stake in the service";
    return new Waiters.RefuseHopeless(
        nextAnswer, Refusal.of(Reason.CONTROL_PLANE_UNAVAILABLE, why));
  }
}
