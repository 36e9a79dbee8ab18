package dev.dormouse.kubernetes.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.pass.Workloads.Cause;
import dev.dormouse.kubernetes.pass.Workloads.Trouble;
import dev.dormouse.kubernetes.pass.Workloads.Weight;
import dev.dormouse.kubernetes.resource.Objects;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodViewsTest {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");

  @Test
  void aServingPodHasAnAddressTimesAndItsRevision() {
    assertThat(
            view(
                """
                metadata:
                  uid: u
                  name: cable-1
                  creationTimestamp: 2026-05-01T11:59:00Z
                  annotations: {dormouse.dev/revision: r}
                spec: {nodeName: node-1}
                status:
                  podIP: 10.1.2.3
                  conditions:
                  - {type: Ready, status: "True", lastTransitionTime: 2026-05-01T11:59:30Z}
                  containerStatuses:
                  - name: main
                    restartCount: 0
                    state: {running: {startedAt: 2026-05-01T11:59:20Z}}
                """))
        .isEqualTo(
            new Workloads.Pod(
                "u",
                "cable-1 on node-1",
                Optional.of("10.1.2.3"),
                Instant.parse("2026-05-01T11:59:00Z"),
                Optional.of(Instant.parse("2026-05-01T11:59:20Z")),
                Optional.of(Instant.parse("2026-05-01T11:59:30Z")),
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.of("r")));
  }

  @Test
  void theContainerThatMattersIsTheOneTheTemplateNamed() {
    Workloads.Pod pod =
        view(
            """
            metadata:
              uid: u
              creationTimestamp: 2026-05-01T11:59:00Z
              deletionTimestamp: 2026-05-01T12:00:00Z
              annotations: {kubectl.kubernetes.io/default-container: web}
            status:
              containerStatuses:
              - {name: side, restartCount: 9, state: {waiting: {reason: CrashLoopBackOff}}}
              - {name: web, restartCount: 1, state: {waiting: {reason: ImagePullBackOff}}}
            """);
    assertThat(pod.restarts()).isEqualTo(1);
    assertThat(pod.trouble())
        .contains(
            new Trouble(
                Weight.BLOCKED, "the container cannot start", new Cause("ImagePullBackOff", "")));
    assertThat(pod.deleted()).isTrue();
  }

  @Test
  void aPodThatNoNodeTakesSaysWhy() {
    Workloads.Pod pod =
        view(
            """
            metadata: {uid: u, creationTimestamp: 2026-05-01T11:59:00Z}
            status:
              conditions:
              - {type: PodScheduled, status: "False", reason: Unschedulable, message: no cpu}
            """);
    assertThat(pod.trouble().map(Trouble::toString))
        .contains("the pod waits: Unschedulable: no cpu");
    assertThat(pod.ip()).isEmpty();
  }

  @Test
  void whatTheKubeletSaysIsKeptWithinBounds() {
    Workloads.Pod pod =
        view(
            """
            metadata: {uid: u, creationTimestamp: 2026-05-01T11:59:00Z}
            status:
              containerStatuses:
              - name: main
                restartCount: 0
                state: {waiting: {reason: ErrImagePull, message: TEXT}}
            """
                .replace("TEXT", "not found" + " x".repeat(1000)));
    Cause cause = pod.trouble().orElseThrow().cause();
    assertThat(cause.reason()).isEqualTo("ErrImagePull");
    assertThat(cause.message()).startsWith("not found x x").endsWith("...").hasSize(512);
  }

  @Test
  void aNodeWhoseClockIsAheadStartsNothingInTheFuture() {
    Workloads.Pod pod = view("metadata: {uid: u, creationTimestamp: 2026-05-01T12:00:09Z}");
    assertThat(pod.created()).isEqualTo(NOW);
  }

  private static Workloads.Pod view(String yaml) {
    JsonNode tree = Objects.yaml(yaml);
    return PodViews.of(Serialization.unmarshal(tree.toString(), Pod.class), NOW);
  }
}
