package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.resource.Catalog;
import io.javaoperatorsdk.operator.Operator;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServiceControllerTest {
  /** Pods of activators are heard of while the caches of the framework are still to come. */
  @Test
  void beforeTheCachesAreThereNothingIsAskedOfThem() {
    try (var cluster = MockCluster.thatIsTold()) {
      var controller = new ServiceController(_ -> tender());
      var operator = new Operator(it -> it.withKubernetesClient(cluster.client()));
      operator.register(controller);
      assertThatCode(controller::triggerAll).doesNotThrowAnyException();
    }
  }

  @SuppressWarnings("NullAway") // nothing is asked of it before the framework runs
  private static OperatorPasses tender() {
    return new OperatorPasses(new Catalog(Optional.empty(), "cluster.local"), null, null, null);
  }
}
