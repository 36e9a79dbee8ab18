package dev.dormouse.kubernetes.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterTest {
  @Test
  void theDomainOfTheClusterIsWhatAPodsResolverSearches() {
    assertThat(
            Cluster.domain(
                List.of(
                    "nameserver 10.96.0.10",
                    "search shop.svc.corp.example svc.corp.example corp.example")))
        .isEqualTo("corp.example");
    assertThat(Cluster.domain(List.of("search example.com"))).isEqualTo("cluster.local");
  }
}
