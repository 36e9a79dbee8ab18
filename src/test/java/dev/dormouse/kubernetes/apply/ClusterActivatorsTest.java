package dev.dormouse.kubernetes.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.pass.Activators.Existence;
import dev.dormouse.kubernetes.resource.Objects;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterActivatorsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-05-01T12:00:00Z"));

  /** An evicted pod stays; one of a dead node is being deleted for ever. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{status: {phase: Running}}                                       | EXISTS",
        "{status: {phase: Failed}}                                        | GONE",
        "{status: {phase: Succeeded}}                                     | GONE",
        "{status: {phase: Running}, metadata: {deletionTimestamp: '2026-05-01T12:00:20Z'}} |"
            + " EXISTS",
        "{status: {phase: Running}, metadata: {deletionTimestamp: '2026-05-01T11:59:40Z'}} |"
            + " EXISTS",
        "{status: {phase: Running}, metadata: {deletionTimestamp: '2026-05-01T11:59:20Z'}} |"
            + " CANNOT_BE_TOLD",
      })
  void aPodThatExistsNeedNotRun(String pod, Existence expected) {
    try (var cluster = MockCluster.thatIsTold()) {
      cluster
          .server()
          .expect()
          .get()
          .withPath("/api/v1/namespaces/sys/pods/a")
          .andReturn(200, Objects.yaml(pod).toString())
          .once();
      assertThat(new ClusterActivators(cluster.api(), "sys", CLOCK).pod("a")).isEqualTo(expected);
    }
  }
}
