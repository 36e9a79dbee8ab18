package dev.dormouse.kubernetes.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamespacesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String CLAIMS = "dormouse.dev/host-claims";

  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final Namespaces.Listener listener =
      new Namespaces.Listener() {
        @Override
        public void seen(String name, Map<String, String> annotations) {
          told.add(name + " " + annotations.getOrDefault(CLAIMS, "-"));
        }

        @Override
        public void gone(String name) {
          told.add(name + " gone");
        }

        @Override
        public void unreadable() {
          told.add("unreadable");
        }
      };

  @Test
  void allNamespacesAreToldAndWhatBecomesOfThem() throws InterruptedException {
    try (var cluster = MockCluster.thatKeepsObjects()) {
      cluster.client().resource(namespace("shop", "a.example")).create();
      try (var namespaces =
          Namespaces.of(cluster.client(), cluster.api(), Optional.empty(), listener)) {
        namespaces.await(PATIENCE);
        until("shop a.example");
        cluster.client().resource(namespace("shop", "b.example")).update();
        until("shop b.example");
        cluster.client().namespaces().withName("shop").delete();
        until("shop gone");
      }
    }
  }

  @Test
  void ofASingleOneTheRightToGetItIsEnough() throws InterruptedException {
    try (var cluster = MockCluster.thatIsTold()) {
      cluster
          .server()
          .expect()
          .get()
          .withPath("/api/v1/namespaces/shop")
          .andReturn(200, namespace("shop", "a.example"))
          .always();
      try (var namespaces =
          Namespaces.of(cluster.client(), cluster.api(), Optional.of("shop"), listener)) {
        namespaces.await(PATIENCE);
        until("shop a.example");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "shop"})
  void whoMayNotReadThemIsToldOnceAndDoesNotWait(String watched) throws InterruptedException {
    try (var cluster = MockCluster.thatIsTold()) {
      for (String path : new String[] {"/api/v1/namespaces/shop", "/api/v1/namespaces?limit=1"}) {
        cluster.server().expect().get().withPath(path).andReturn(403, "{}").always();
      }
      Optional<String> one = Optional.of(watched).filter(it -> !it.isEmpty());
      try (var namespaces = Namespaces.of(cluster.client(), cluster.api(), one, listener)) {
        namespaces.await(PATIENCE);
        until("unreadable");
      }
    }
  }

  @Test
  void whatIsNotKnownInTimeIsAnError() {
    try (var cluster = MockCluster.thatIsTold();
        var namespaces =
            Namespaces.of(cluster.client(), cluster.api(), Optional.of("shop"), listener)) {
      assertThatThrownBy(() -> namespaces.await(Duration.ofMillis(1)))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  private void until(String expected) throws InterruptedException {
    String last = "nothing";
    while (!last.equals(expected)) {
      String next = told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(next).as("%s, after %s", expected, last).isNotNull();
      last = String.valueOf(next);
    }
  }

  private static Namespace namespace(String name, String claims) {
    return new NamespaceBuilder()
        .withNewMetadata()
        .withName(name)
        .addToAnnotations(CLAIMS, claims)
        .endMetadata()
        .build();
  }
}
