package dev.dormouse.kubernetes.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.operator.FakeCache;
import dev.dormouse.kubernetes.resource.Objects;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodOwnersTest {
  @ParameterizedTest
  @CsvSource({
    "ReplicaSet,  cable-5f, true,  Deployment,  cable,   true",
    "ReplicaSet,  cable-v2-5f, true, Deployment, cable,  false",
    "ReplicaSet,  cable-v2-5f, true, Deployment, cable-v2, true",
    "ReplicaSet,  cable-9a, true,  Deployment,  cable,   false",
    "ReplicaSet,  cable-5f, false, Deployment,  cable,   false",
    "StatefulSet, cable,    true,  StatefulSet, cable,   true",
    "StatefulSet, cable,    true,  Deployment,  cable,   false",
    "Job,         cable-5f, true,  Deployment,  cable,   false",
  })
  void aPodIsOfWhatMadeIt(
      String kind, String owner, boolean controls, String of, String name, boolean expected) {
    String pod =
        """
        metadata:
          labels: {pod-template-hash: 5f}
          ownerReferences: [{kind: KIND, name: OWNER, uid: u, controller: CONTROLS}]
        """
            .replace("KIND", kind)
            .replace("OWNER", owner)
            .replace("CONTROLS", Boolean.toString(controls));
    assertThat(PodOwners.isOf(pod(pod), new ScaleTarget(of, "shop", name, false)))
        .isEqualTo(expected);
  }

  @Test
  void whatNobodyMadeIsNobodys() {
    assertThat(PodOwners.maker(pod("metadata: {labels: {pod-template-hash: 5f}}"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                                                | true",
        "{matchLabels: {app: web}}                                         | true",
        "{matchLabels: {app: other}}                                       | false",
        "{matchExpressions: [{key: app, operator: In, values: [a, web]}]}  | true",
        "{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}  | false",
        "{matchExpressions: [{key: tier, operator: NotIn, values: [web]}]} | true",
        "{matchExpressions: [{key: tier, operator: Exists}]}               | false",
        "{matchExpressions: [{key: tier, operator: DoesNotExist}]}         | true",
        "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: Exists}]} | false",
      })
  void aSelectorSelects(String selector, boolean expected) {
    var parsed = FakeCache.as(LabelSelector.class, Objects.yaml(selector));
    assertThat(PodOwners.isSelected(pod("metadata: {labels: {app: web}}"), parsed))
        .isEqualTo(expected);
  }

  private static Pod pod(String yaml) {
    return FakeCache.as(Pod.class, Objects.yaml(yaml));
  }
}
