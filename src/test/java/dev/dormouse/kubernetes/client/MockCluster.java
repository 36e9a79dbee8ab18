package dev.dormouse.kubernetes.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.util.HashMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An API server on loopback: one that keeps objects, or one that answers as it is told to. */
public final class MockCluster implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PATIENCE_SECONDS = 10;

  private final KubernetesMockServer server;
  private final KubernetesClient client;

  private MockCluster(KubernetesMockServer server) {
    this.server = server;
    server.init();
    this.client = Cluster.connect(server.createClient().getConfiguration());
  }

  /** Objects are made, replaced and removed in it; it knows no schema and no rights. */
  public static MockCluster thatKeepsObjects() {
    return new MockCluster(
        new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            new HashMap<>(),
            new KubernetesCrudDispatcher(),
            false));
  }

  /** What it is not told to answer, it has not. */
  public static MockCluster thatIsTold() {
    return new MockCluster(new KubernetesMockServer(false));
  }

  /** To say what is answered. */
  public KubernetesMockServer server() {
    return server;
  }

  /** What informers are made of. */
  public KubernetesClient client() {
    return client;
  }

  /** Requests to it. */
  public Api api() {
    return Cluster.api(client);
  }

  /** The next request that was made. */
  public RecordedRequest request() {
    try {
      return Optional.ofNullable(server.takeRequest(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .orElseThrow(() -> new AssertionError("nothing was asked for"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What was sent with a request; where objects are kept, those that are written are used up. */
  public static JsonNode body(RecordedRequest request) {
    try {
      return JSON.readTree(request.getBody().getBytes());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    client.close();
    server.destroy();
  }
}
