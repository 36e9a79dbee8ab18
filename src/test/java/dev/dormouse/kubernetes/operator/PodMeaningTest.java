package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Workload;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.pass.Workloads.View;
import dev.dormouse.kubernetes.resource.Objects;
import dev.dormouse.kubernetes.simulation.Observations;
import dev.dormouse.kubernetes.watch.PodOwners;
import dev.dormouse.kubernetes.watch.PodViews;
import dev.dormouse.kubernetes.watch.Sources;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.Specs;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What every phase, deletion, container state, condition and owner that a pod can have means to a
 * service: one row each, then all combinations of them.
 */
class PodMeaningTest {
  private static final ServiceSpec SPEC =
      Specs.onDemand().port(28080).startupTimeout(Duration.ofSeconds(20)).build();
  private static final ScaleTarget TARGET =
      new ScaleTarget(ScaleTarget.DEPLOYMENT, "shop", "cable", true);

  /** Phases of the service in which it has replicas, and those in which it has none. */
  private static final List<String> AWAKE = List.of("Waking", "Active");

  private static final List<String> POD_PHASES =
      List.of("Pending", "Running", "Failed", "Succeeded", "Unknown");
  private static final List<String> DELETED = List.of("", "deleted");
  private static final List<String> MAINS =
      List.of(
          "none",
          "ContainerCreating",
          "PodInitializing",
          "ErrImagePull",
          "CrashLoopBackOff",
          "run",
          "run again 1",
          "run again 0",
          "exit 137",
          "exit 0");
  private static final List<String> OTHERS =
      List.of(
          "",
          "sidecar ImagePullBackOff",
          "sidecar run",
          "init ErrImagePull",
          "init exit 1",
          "init exit 0",
          "init run",
          "init run again 1",
          "native ImagePullBackOff",
          "native run",
          "native exit 1");
  private static final List<String> CONDITIONS =
      List.of("", "Ready", "Unready", "Unscheduled", "Disrupted");
  private static final List<String> OWNERS = List.of("ours", "another", "nobody");

  /** What the same pod was before, as this operator saw it. */
  private static final List<String> BEFORE = List.of("unseen", "booted", "Ready", "connected");

  @ParameterizedTest(name = "{0}: {1} {2}, {3}, {4}, {5}, of {6}, before {7}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          # service | pod       | deleted | main         | other        | condition | owner  | before
          # | meaning
          Waking   | Pending   | -       | none             | -                        | -           | ours    | unseen    | Starting
          Waking   | Pending   | -       | none             | -                        | Unscheduled | ours    | unseen    | Starting
          Waking   | Pending   | -       | ContainerCreating | -                        | -           | ours    | unseen    | Starting
          Waking   | Pending   | -       | PodInitializing  | init run                 | -           | ours    | unseen    | Starting
          Waking   | Running   | -       | run              | -                        | Unready     | ours    | unseen    | Starting to dial
          Waking   | Running   | -       | run              | -                        | Ready       | ours    | unseen    | Ready
          Waking   | Unknown   | -       | run              | -                        | Ready       | ours    | unseen    | Ready
          # Eviction, node shutdown and preemption leave pods that have ended.
          Active   | Failed    | -       | none             | -                        | Disrupted   | ours    | Ready     | Starting, CRASHED the pod ended while it served: Evicted: low on disk
          Waking   | Failed    | -       | none             | -                        | Disrupted   | ours    | booted    | Starting, EXITED the pod ended before it was ready: Evicted: low on disk
          Active   | Failed    | -       | exit 137         | -                        | -           | ours    | Ready     | Broken CRASHED the pod ended while it served: Error: exit code 137
          Waking   | Failed    | -       | none             | -                        | -           | ours    | booted    | Broken EXITED the pod ended before it was ready: Failed
          Waking   | Succeeded | -       | exit 0           | -                        | -           | ours    | booted    | Broken EXITED the pod ended before it was ready: Completed: exit code 0
          Waking   | Failed    | -       | none             | -                        | -           | ours    | unseen    | Starting
          Stopping | Failed    | -       | none             | -                        | Disrupted   | ours    | unseen    | Absent
          Stopping | Succeeded | -       | exit 0           | -                        | -           | ours    | unseen    | Absent
          Stopping | Failed    | deleted | none             | -                        | -           | ours    | unseen    | Absent
          Draining | Failed    | -       | exit 137         | -                        | -           | ours    | unseen    | Absent
          Dormant  | Failed    | -       | none             | -                        | -           | ours    | unseen    | Absent
          Stopping | Running   | deleted | run              | -                        | Ready       | ours    | unseen    | Stopping
          Stopping | Pending   | -       | none             | -                        | -           | ours    | unseen    | Stopping
          Active   | Running   | -       | run              | -                        | Ready       | another | unseen    | Starting
          # A pod that others delete is drained, and another one is on its way.
          Active   | Running   | deleted | run              | -                        | Ready       | ours    | Ready     | Starting
          Active   | Running   | deleted | run              | -                        | Disrupted   | ours    | connected | Starting
          Waking   | Running   | deleted | exit 137         | -                        | -           | ours    | booted    | Starting
          # Containers beside the one that matters.
          Waking   | Running   | -       | run              | sidecar ImagePullBackOff | Unready     | ours    | unseen    | Starting to dial
          Active   | Running   | -       | run              | sidecar ImagePullBackOff | Unready     | ours    | connected | Ready
          Active   | Running   | -       | run              | native ImagePullBackOff  | Unready     | ours    | connected | Ready
          Waking   | Pending   | -       | PodInitializing  | native ImagePullBackOff  | -           | ours    | unseen    | Broken SPAWN_FAILED the sidecar other cannot start: ImagePullBackOff: told
          Waking   | Pending   | -       | PodInitializing  | init ErrImagePull        | -           | ours    | unseen    | Broken SPAWN_FAILED the init container other cannot start: ErrImagePull: told
          Waking   | Pending   | -       | PodInitializing  | init exit 1              | -           | ours    | unseen    | Broken SPAWN_FAILED the init container other failed: Error: exit code 1
          Waking   | Pending   | -       | PodInitializing  | init run again 1         | -           | ours    | unseen    | Broken SPAWN_FAILED the init container other failed: Error: exit code 1
          Waking   | Running   | -       | run              | init exit 0              | Ready       | ours    | unseen    | Ready
          # The container itself.
          Waking   | Pending   | -       | ErrImagePull     | -                        | -           | ours    | unseen    | Broken SPAWN_FAILED the container cannot start: ErrImagePull: told
          Waking   | Running   | -       | run again 1      | -                        | Unready     | ours    | unseen    | Broken EXITED the container ended before it was ready (Error: exit code 1)
          Waking   | Running   | -       | exit 137         | -                        | Unready     | ours    | booted    | Broken EXITED the container ended before it was ready (Error: exit code 137)
          Active   | Running   | -       | exit 137         | -                        | Unready     | ours    | Ready     | Starting to dial, CRASHED the container ended while it served (Error: exit code 137)
          Active   | Running   | -       | run again 1      | -                        | Unready     | ours    | Ready     | Starting to dial, CRASHED the container ended while it served (Error: exit code 1)
          Active   | Running   | -       | run again 1      | -                        | Ready       | ours    | Ready     | Ready, CRASHED the container ended while it served (Error: exit code 1)
          Active   | Running   | -       | run again 0      | -                        | Unready     | ours    | Ready     | Broken CRASHED the container ended while it served (Completed: exit code 0), CRASHED the container ended while it served (Completed: exit code 0)
          Active   | Running   | -       | CrashLoopBackOff | -                        | Unready     | ours    | Ready     | Broken SPAWN_FAILED the container cannot start: CrashLoopBackOff: told, CRASHED the container ended while it served (Error: exit code 1)
          Active   | Running   | -       | run              | -                        | Unready     | ours    | Ready     | Starting to dial
          Active   | Running   | -       | run              | -                        | Unready     | ours    | connected | Ready
          """)
  void means(
      String service,
      String phase,
      String deleted,
      String main,
      String other,
      String condition,
      String owner,
      String before,
      String meaning) {
    var seen =
        new Case(service, phase, text(deleted), main, text(other), text(condition), owner, before);
    assertThat(seen.meaning()).isEqualTo(meaning);
  }

  private static String text(String cell) {
    return cell == null ? "" : cell;
  }

  @Test
  void everyCombinationMeansSomethingAndNoneAgainstTheRules() {
    long swept = variants().flatMap(PodMeaningTest::cases).peek(PodMeaningTest::judge).count();
    assertThat(swept).isGreaterThan(100_000);
  }

  /** Every pod there can be, and what it is seen as. */
  private static Stream<Variant> variants() {
    return POD_PHASES.stream()
        .flatMap(phase -> DELETED.stream().map(deleted -> List.of(phase, deleted)))
        .flatMap(pod -> MAINS.stream().map(main -> with(pod, main)))
        .flatMap(pod -> OTHERS.stream().map(other -> with(pod, other)))
        .flatMap(pod -> CONDITIONS.stream().map(condition -> with(pod, condition)))
        .flatMap(pod -> OWNERS.stream().map(owner -> with(pod, owner)))
        .map(
            it ->
                new Case("", it.get(0), it.get(1), it.get(2), it.get(3), it.get(4), it.get(5), ""))
        .map(it -> new Variant(it, it.pods()));
  }

  private static List<String> with(List<String> pod, String more) {
    return Stream.concat(pod.stream(), Stream.of(more)).toList();
  }

  /** Every service, and where something is to run every past that it can have. */
  private static Stream<Seen> cases(Variant variant) {
    return Stream.of("Waking", "Active", "Draining", "Stopping", "Dormant", "Failed")
        .flatMap(
            service ->
                (AWAKE.contains(service) ? BEFORE : List.of("unseen"))
                    .stream().map(before -> variant.pod().of(service, before)))
        .map(it -> new Seen(it, it.observe(new Observations(SPEC), variant.pods())));
  }

  private record Variant(Case pod, List<Workloads.Pod> pods) {}

  private record Seen(Case of, Workload as) {}

  private static void judge(Seen it) {
    Case seen = it.of();
    Workload workload = it.as();
    boolean awake = AWAKE.contains(seen.service());
    boolean ended = seen.phase().equals("Failed") || seen.phase().equals("Succeeded");
    boolean ours = seen.owner().equals("ours");
    boolean live = ours && !ended && seen.deleted().isEmpty();
    if (!awake && (ended || !ours)) {
      // Nothing that is over, and nothing of others, holds up a stop or a start.
      assertThat(workload).as("%s", seen).isInstanceOf(Workload.Absent.class);
    }
    if (!awake && ours && !ended) {
      assertThat(workload)
          .as("%s", seen)
          .isInstanceOfAny(Workload.Stopping.class, Workload.Draining.class);
    }
    if (!live) {
      // Nobody dials what is over, is being deleted, or is not ours.
      assertThat(workload).as("%s", seen).isNotInstanceOf(Workload.Ready.class);
      assertThat(dialled(workload)).as("%s", seen).isEmpty();
    }
    if (!live && ours && !seen.deleted().isEmpty()) {
      // What others delete is no failure of the service.
      assertThat(workload).as("%s", seen).isNotInstanceOf(Workload.Broken.class);
    }
    if (awake && live && seen.condition().equals("Ready")) {
      assertThat(workload).as("%s", seen).isInstanceOf(Workload.Ready.class);
    }
    boolean addressed = !seen.phase().equals("Pending");
    if (awake && live && addressed && seen.main().equals("run") && seen.hadConnections()) {
      assertThat(workload).as("%s", seen).isInstanceOf(Workload.Ready.class);
    }
  }

  private static Optional<?> dialled(Workload workload) {
    return switch (workload) {
      case Workload.Starting starting -> starting.endpoint();
      case Workload.Ready ready -> ready.endpoint();
      case Workload.Broken broken -> broken.endpoint();
      case Workload.Unknown _,
          Workload.Absent _,
          Workload.Draining _,
          Workload.Stopping _,
          Workload.Frozen _,
          Workload.Failed _ ->
          Optional.empty();
    };
  }

  private static Workloads.Pod serving(boolean ready) {
    Instant start = MutableClock.START;
    return new Workloads.Pod(
        "p",
        "p",
        Optional.of("10.1.2.3"),
        start,
        Optional.of(start),
        ready ? Optional.of(start) : Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty());
  }

  /** One pod below one service. */
  private record Case(
      String service,
      String phase,
      String deleted,
      String main,
      String other,
      String condition,
      String owner,
      String before) {

    boolean hadConnections() {
      return before.equals("connected");
    }

    Case of(String otherService, String otherBefore) {
      return new Case(otherService, phase, deleted, main, other, condition, owner, otherBefore);
    }

    String meaning() {
      var operator = new Observations(SPEC);
      Workload workload = observe(operator, pods());
      String word =
          switch (workload) {
            case Workload.Broken broken -> "Broken " + broken.reason() + " " + broken.message();
            case Workload.Starting starting when starting.endpoint().isPresent() ->
                "Starting to dial";
            default -> workload.getClass().getSimpleName();
          };
      return String.join(
          ", ", Stream.concat(Stream.of(word), operator.mishaps().stream()).toList());
    }

    Workload observe(Observations operator, List<Workloads.Pod> pods) {
      if (!before.equals("unseen")) {
        int connections = before.equals("connected") ? 1 : 0;
        var earlier = serving(before.equals("Ready"));
        var _ = operator.see(status("Active", connections), view(1, List.of(earlier)));
      }
      int replicas = AWAKE.contains(service) ? 1 : 0;
      return operator.see(status(service, 0), view(replicas, pods));
    }

    private String status(String serving, int connections) {
      String stake =
          connections > 0 ? "{\"a\": {\"session\": \"1\", \"seq\": 1, \"connections\": 1}}" : "{}";
      return "{\"phase\": \"" + serving + "\", \"epoch\": 2, \"stakes\": " + stake + "}";
    }

    private static View view(int replicas, List<Workloads.Pod> pods) {
      return new View(Optional.of(new Scale("1", replicas)), pods);
    }

    List<Workloads.Pod> pods() {
      Pod pod = Serialization.unmarshal(tree().toString(), Pod.class);
      Sources.strip(pod);
      return Stream.of(pod)
          .filter(it -> PodOwners.isOf(it, TARGET))
          .map(it -> PodViews.of(it, MutableClock.START))
          .toList();
    }

    private ObjectNode tree() {
      ObjectNode pod =
          Objects.yaml(
              """
              metadata: {uid: p, creationTimestamp: 2026-05-01T11:59:00Z,
                         labels: {pod-template-hash: h}}
              spec: {}
              status: {podIP: 10.1.2.3}
              """);
      ObjectNode metadata = pod.withObject("/metadata");
      if (!deleted.isEmpty()) {
        metadata.put("deletionTimestamp", "2026-05-01T12:00:05Z");
      }
      if (!owner.equals("nobody")) {
        metadata
            .putArray("ownerReferences")
            .addObject()
            .put("controller", true)
            .put("kind", "ReplicaSet")
            .put("uid", "rs")
            .put("name", owner.equals("ours") ? "cable-h" : "cable-v2-h");
      }
      ObjectNode status = pod.withObject("/status").put("phase", phase);
      if (phase.equals("Pending")) {
        status.remove("podIP");
      }
      conditions(status);
      if (!main.equals("none")) {
        container(status.putArray("containerStatuses"), "main", main);
      }
      if (!other.isEmpty()) {
        other(pod, status);
      }
      return pod;
    }

    private void conditions(ObjectNode status) {
      ArrayNode conditions = status.putArray("conditions");
      switch (condition) {
        case "Ready", "Unready" ->
            conditions
                .addObject()
                .put("type", "Ready")
                .put("status", condition.equals("Ready") ? "True" : "False")
                .put("lastTransitionTime", "2026-05-01T11:59:30Z");
        case "Unscheduled" ->
            conditions
                .addObject()
                .put("type", "PodScheduled")
                .put("status", "False")
                .put("reason", "Unschedulable");
        case "Disrupted" -> {
          conditions.addObject().put("type", "DisruptionTarget").put("status", "True");
          status.put("reason", "Evicted").put("message", "low on disk");
        }
        default -> {}
      }
    }

    private void other(ObjectNode pod, ObjectNode status) {
      String kind = other.substring(0, other.indexOf(' '));
      String state = other.substring(other.indexOf(' ') + 1);
      if (kind.equals("sidecar")) {
        container(status.withArray("containerStatuses"), "other", state);
        return;
      }
      ObjectNode init = pod.withObject("/spec").withArray("initContainers").addObject();
      init.put("name", "other").put("image", "i");
      if (kind.equals("native")) {
        init.put("restartPolicy", "Always");
      }
      container(status.putArray("initContainerStatuses"), "other", state);
    }

    private static void container(ArrayNode among, String name, String state) {
      ObjectNode container = among.addObject().put("name", name).put("restartCount", 0);
      ObjectNode now = container.putObject("state");
      switch (state.split(" ", -1)[0]) {
        case "run" -> {
          now.putObject("running").put("startedAt", "2026-05-01T11:59:50Z");
          if (state.startsWith("run again ")) {
            container.put("restartCount", 1);
            ended(container.putObject("lastState"), state.substring("run again ".length()));
          }
        }
        case "exit" -> ended(now, state.substring("exit ".length()));
        default -> {
          now.putObject("waiting").put("reason", state).put("message", "told");
          if (state.equals("CrashLoopBackOff")) {
            ended(container.putObject("lastState"), "1");
          }
        }
      }
    }

    private static void ended(ObjectNode state, String code) {
      state
          .putObject("terminated")
          .put("exitCode", Integer.parseInt(code))
          .put("reason", code.equals("0") ? "Completed" : "Error");
    }
  }
}
