package dev.dormouse.kubernetes.pass;

import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.kubernetes.pass.ObservedWorkload.Complaint;
import dev.dormouse.kubernetes.pass.ObservedWorkload.Ended;
import dev.dormouse.kubernetes.pass.ObservedWorkload.Run;
import dev.dormouse.kubernetes.pass.Workloads.End;
import dev.dormouse.kubernetes.pass.Workloads.Exit;
import dev.dormouse.kubernetes.pass.Workloads.Pod;
import dev.dormouse.kubernetes.pass.Workloads.View;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What an operator remembers of the pods of one object: whether what ended had served, and what of
 * that is to be told. Not thread-safe.
 */
public final class PodMemory {
  private Optional<Known> known = Optional.empty();
  private Optional<Complained> complaint = Optional.empty();
  private Optional<Ended> ended = Optional.empty();
  private Optional<Mishap> mishap = Optional.empty();

  /** Pods that ended before the present start, or of which that has been told. */
  private final Set<String> over = new HashSet<>();

  private boolean seenBefore;

  /** The pod that counts, as far as it is known. */
  private record Known(
      String pod, int lastEnded, Run run, boolean everReady, Optional<Instant> unready) {}

  private record Complained(String pod, Complaint complaint) {}

  /** What ended a run, but neither the service's awake period nor its start. */
  public record Mishap(FailureReason reason, String message) {}

  /** Looks at a view of which the pods are known. The same again changes nothing. */
  void see(StatusDocument status, View view, Instant now) {
    seeEnds(status, view);
    Optional<Pod> pod = ObservedWorkload.pod(view, status);
    known = pod.map(it -> seen(status, view, it, now));
    complaint = pod.flatMap(it -> complained(status, it, now));
  }

  /** Since when the pod, which has been Ready before, is not. */
  Optional<Instant> unready() {
    return known.flatMap(Known::unready);
  }

  Run run() {
    return known.map(Known::run).orElse(Run.NONE);
  }

  Optional<Ended> ended() {
    return ended;
  }

  Optional<Complaint> complaint() {
    return complaint.map(Complained::complaint);
  }

  Optional<Mishap> mishap() {
    return mishap;
  }

  void told(Mishap which) {
    mishap = mishap.filter(it -> !it.equals(which));
  }

  private void seeEnds(StatusDocument status, View view) {
    boolean rests = view.scale().filter(it -> it.replicas() > 0).isEmpty();
    ended = Optional.empty();
    for (Pod pod : view.pods()) {
      if (pod.end().isPresent() && !over.contains(pod.uid())) {
        boolean served = hasServed(status, pod);
        boolean isOld = rests || pod.deleted() || !(seenBefore || served);
        if (isOld) {
          over.add(pod.uid());
        } else {
          end(pod, pod.end().get(), served);
        }
      }
    }
    over.retainAll(view.pods().stream().map(Pod::uid).collect(Collectors.toSet()));
    seenBefore = true;
  }

  /** Another pod serves: what ended before it is not held against it. */
  private void forgetEnds(View view) {
    view.pods().stream().filter(it -> it.end().isPresent()).map(Pod::uid).forEach(over::add);
    ended = Optional.empty();
  }

  private void end(Pod pod, End end, boolean served) {
    var now = new Ended(end.cause(), served);
    if (end.disrupted()) {
      over.add(pod.uid());
      mishap = Optional.of(new Mishap(now.reason(), now.toString()));
    } else {
      ended = Optional.of(now);
    }
  }

  private boolean hasServed(StatusDocument status, Pod pod) {
    return known.filter(it -> it.pod().equals(pod.uid()) && it.run().served() >= 0).isPresent()
        || isPublished(status, pod);
  }

  private static boolean isPublished(StatusDocument status, Pod pod) {
    return status.phase() == Phase.ACTIVE
        && status.endpoints().stream().anyMatch(it -> it.podUid().equals(pod.uid()));
  }

  private Known seen(StatusDocument status, View view, Pod pod, Instant now) {
    Optional<Known> before = known.filter(it -> it.pod().equals(pod.uid()));
    before.ifPresent(it -> seeCrash(it, pod));
    boolean connected =
        status.staked() > 0
            && pod.running().isPresent()
            && pod.ip().isPresent()
            && !ObservedWorkload.isLeft(view);
    // Another operator has seen it serve: who knows how often it had restarted then.
    boolean adopted = before.isEmpty() && isPublished(status, pod);
    boolean serves = connected || adopted || pod.ready().isPresent();
    if (serves) {
      forgetEnds(view);
    }
    Run last = before.map(Known::run).orElse(Run.NONE);
    Run run =
        new Run(
            serves ? pod.restarts() : last.served(),
            connected || adopted ? pod.restarts() : last.connected());
    boolean everReady = pod.ready().isPresent() || before.filter(Known::everReady).isPresent();
    Optional<Instant> unready =
        everReady && pod.ready().isEmpty()
            ? before.flatMap(Known::unready).or(() -> Optional.of(now))
            : Optional.empty();
    return new Known(pod.uid(), pod.lastEnded(), run, everReady, unready);
  }

  private void seeCrash(Known before, Pod pod) {
    boolean ends = pod.lastEnded() > before.lastEnded();
    if (ends && pod.lastEnded() == before.run().served()) {
      String message =
          pod.exit().map(Exit::cause).map(ObservedWorkload::crash).orElse("the container ended");
      mishap = Optional.of(new Mishap(FailureReason.CRASHED, message));
    }
  }

  /** The pod is said to be of no use, and nobody says that it serves. */
  private Optional<Complained> complained(StatusDocument status, Pod pod, Instant now) {
    return status
        .complaint(pod.uid())
        .map(
            reason ->
                complaint
                    .filter(it -> it.pod().equals(pod.uid()) && it.complaint().reason() == reason)
                    .orElseGet(() -> new Complained(pod.uid(), new Complaint(reason, now))));
  }
}
