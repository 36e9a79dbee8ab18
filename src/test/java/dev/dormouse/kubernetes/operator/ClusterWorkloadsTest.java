package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.kubernetes.resource.Objects;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterWorkloadsTest {
  @Test
  void aDeploymentWhosePodsAreRefusedSaysWhy() {
    assertThat(refusal(2, "True")).contains("exceeded quota: pods");
    assertThat(refusal(2, "False")).isEmpty();
  }

  @Test
  void whatWasSaidOfAnEarlierDeploymentIsOver() {
    assertThat(refusal(3, "True")).isEmpty();
  }

  private static Optional<String> refusal(int generation, String status) {
    String deployment =
        """
        metadata: {generation: GENERATION}
        status:
          observedGeneration: 2
          conditions:
          - {type: ReplicaFailure, status: "STATUS", message: "exceeded quota: pods"}
        """
            .replace("GENERATION", Integer.toString(generation))
            .replace("STATUS", status);
    return ClusterWorkloads.refusal(
        Serialization.unmarshal(Objects.yaml(deployment).toString(), Deployment.class));
  }
}
