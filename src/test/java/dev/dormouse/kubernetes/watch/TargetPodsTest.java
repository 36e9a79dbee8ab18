package dev.dormouse.kubernetes.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.operator.FakeCache;
import dev.dormouse.kubernetes.resource.Objects;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TargetPodsTest {
  private static final ServiceId CABLE = new ServiceId("shop", "cable");
  private static final ServiceId CHAT = new ServiceId("shop", "chat");

  private final MockCluster cluster = MockCluster.thatKeepsObjects();
  private final BlockingQueue<ServiceId> changed = new LinkedBlockingQueue<>();

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void eachTargetHasThePodsThatItMadeThroughOneWatch() throws InterruptedException {
    create("a", "web-h");
    create("b", "worker-h");
    create("c", "nobody-knows-h");
    try (var pods = new TargetPods(cluster.client(), changed::add)) {
      assertThat(pods.of(CABLE)).as("not watched").isEmpty();
      pods.watch(CABLE, target("web"));
      pods.watch(CHAT, target("worker"));
      until(pods, CABLE, "a");
      until(pods, CHAT, "b");
      create("d", "web-h");
      until(pods, CABLE, "a", "d");
      pods.watch(CABLE, target("worker"));
      assertThat(names(pods, CABLE)).as("another target").containsExactly("b");
      pods.forget(CABLE);
      assertThat(pods.of(CABLE)).isEmpty();
      assertThat(names(pods, CHAT)).containsExactly("b");
    }
  }

  /** The API server may be away for a moment, or rights may come later. */
  @Test
  void whatCannotBeListedNowIsListedLater() throws InterruptedException {
    String list = "/api/v1/namespaces/shop/pods?resourceVersion=0";
    String watch =
        "/api/v1/namespaces/shop/pods"
            + "?allowWatchBookmarks=true&resourceVersion=1&timeoutSeconds=600&watch=true";
    String none = "{\"metadata\": {\"resourceVersion\": \"1\"}, \"items\": []}";
    try (var told = MockCluster.thatIsTold();
        var pods = new TargetPods(told.client(), changed::add)) {
      told.server().expect().get().withPath(list).andReturn(403, "{}").once();
      told.server().expect().get().withPath(list).andReturn(200, none).always();
      told.server().expect().get().withPath(watch).andUpgradeToWebSocket().open().done().always();
      pods.watch(CABLE, target("web"));
      assertThat(changed.poll(30, TimeUnit.SECONDS)).isEqualTo(CABLE);
      assertThat(names(pods, CABLE)).isEmpty();
    }
  }

  private static ScaleTarget target(String name) {
    return new ScaleTarget(ScaleTarget.DEPLOYMENT, "shop", name, false);
  }

  private static List<String> names(TargetPods pods, ServiceId of) {
    return pods.of(of).orElseThrow().stream().map(it -> it.getMetadata().getName()).toList();
  }

  /** Each change is told of. */
  private void until(TargetPods pods, ServiceId of, String... names) throws InterruptedException {
    while (!pods.of(of).map(_ -> Set.copyOf(names(pods, of))).equals(Optional.of(Set.of(names)))) {
      assertThat(changed.poll(20, TimeUnit.SECONDS)).isNotNull();
    }
  }

  private void create(String name, String owner) {
    String pod =
        """
        metadata:
          name: NAME
          namespace: shop
          labels: {pod-template-hash: h}
          ownerReferences: [{kind: ReplicaSet, name: OWNER, uid: u, controller: true}]
        """
            .replace("NAME", name)
            .replace("OWNER", owner);
    cluster.client().resource(FakeCache.as(Pod.class, Objects.yaml(pod))).create();
  }
}
