package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.resource.Objects;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What people ask of a cluster, and what they are told; the API server answers as it is told. */
class ClusterOrdersTest {
  private static final String ALL = "/apis/dormouse.dev/v1alpha1/namespaces/shop/ondemandservices";
  private static final String CABLE = ALL + "/cable";
  private static final String WRITE = CABLE + "?fieldManager=kubectl-dormouse";

  @TempDir Path scratch;

  private final MockCluster cluster = MockCluster.thatIsTold();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path kubeconfig;

  @BeforeEach
  void nameTheCluster() throws IOException {
    kubeconfig =
        Files.writeString(
            scratch.resolve("kubeconfig"),
            String.format(
                Locale.ROOT,
                """
                apiVersion: v1
                kind: Config
                clusters:
                - {name: here, cluster: {server: "%s"}}
                users: [{name: me, user: {token: secret}}]
                contexts:
                - {name: mine, context: {cluster: here, user: me, namespace: shop}}
                - {name: theirs, context: {cluster: here, user: me, namespace: theirs}}
                current-context: mine
                """,
                cluster.client().getMasterUrl()));
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  @Test
  void aWakeAsksForATimeAndWaits() {
    answer("{phase: Failed, epoch: 3, failure: {count: 2, time: a}}");
    written();
    answer("{phase: Failed, epoch: 3, failure: {count: 2, time: a}}");
    answer("{phase: Waking, epoch: 3}");
    answer("{phase: Active, epoch: 3}");
    Instant before = InstantSource.system().instant();
    assertThat(run("wake", "cable", "--for", "4h")).as(said()).isZero();
    assertThat(out.toString()).contains("cable is waking").contains("cable is awake after ");
    JsonNode annotations = patches().getFirst().at("/metadata/annotations");
    assertThat(Instant.parse(annotations.path("dormouse.dev/awake-until").asText()))
        .isBetween(
            before.plusSeconds(4 * 3600 - 1),
            InstantSource.system().instant().plusSeconds(4 * 3600));
    assertThat(annotations.path("dormouse.dev/sleep-epoch").isNull()).isTrue();
    assertThat(annotations.path("dormouse.dev/drain-epoch").isNull()).isTrue();
  }

  /** The boot, and then what it would stay awake after a client. */
  @Test
  void withoutATimeItIsTheServicesOwn() {
    answer("{phase: Dormant}");
    written();
    answer("{phase: Active}");
    Instant before = InstantSource.system().instant();
    assertThat(run("wake", "shop/cable")).as(said()).isZero();
    JsonNode annotations = patches().getFirst().at("/metadata/annotations");
    assertThat(Instant.parse(annotations.path("dormouse.dev/awake-until").asText()))
        .isBetween(
            before.plusSeconds(60 + 900 - 1),
            InstantSource.system().instant().plusSeconds(60 + 900));
  }

  @Test
  void aWakeThatFailsSaysWhy() {
    answer("{phase: Dormant}");
    written();
    answer(
        "{phase: Failed, failure: {count: 1, reason: SpawnFailed, message: no such image,"
            + " time: '2026-05-01T12:00:00Z', nextRetryTime: '2026-05-01T12:00:01Z'}}");
    assertThat(run("wake", "cable")).isEqualTo(1);
    assertThat(err.toString()).contains("cable did not wake: 1 failure", "no such image");
  }

  @Test
  void aSleepIsOfThePeriodThatIsNow() {
    answer("{phase: Active, epoch: 7, connections: 0}");
    written();
    answer("{phase: Active, epoch: 7, connections: 0}");
    answer("{phase: Stopping, epoch: 8}");
    answer("{phase: Dormant, epoch: 8}");
    assertThat(run("sleep", "cable")).as(said()).isZero();
    assertThat(out.toString()).contains("cable is dormant after ");
    List<JsonNode> patches = patches();
    assertThat(patches).hasSize(2);
    assertThat(patches.getFirst().at("/metadata/annotations/dormouse.dev~1awake-until").isNull())
        .isTrue();
    assertThat(patches.get(1).toString())
        .isEqualTo("{\"metadata\":{\"annotations\":{\"dormouse.dev/sleep-epoch\":\"7\"}}}");
  }

  @Test
  void nobodyIsCutWithoutADrain() {
    answer("{phase: Active, epoch: 7, connections: 2}");
    written();
    assertThat(run("sleep", "cable")).isEqualTo(1);
    assertThat(err.toString()).contains("cable has 2 open and 0 waiting; --drain");
    assertThat(patches()).noneMatch(it -> it.toString().contains("epoch"));
  }

  @Test
  void whoComesMeanwhileIsNotCutEither() {
    answer("{phase: Active, epoch: 7}");
    written();
    answer("{phase: Active, epoch: 7, connections: 1}");
    assertThat(run("sleep", "cable")).isEqualTo(1);
    assertThat(patches().getLast().toString())
        .as("it is taken back")
        .isEqualTo("{\"metadata\":{\"annotations\":{\"dormouse.dev/sleep-epoch\":null}}}");
  }

  @Test
  void aDrainIsAskedForByAnotherName() {
    answer("{phase: Active, epoch: 7, connections: 2}");
    written();
    answer("{phase: Draining, epoch: 7, connections: 2}");
    answer("{phase: Waking, epoch: 8}");
    assertThat(run("sleep", "cable", "--drain")).as(said()).isZero();
    assertThat(patches().getLast().at("/metadata/annotations/dormouse.dev~1drain-epoch").asText())
        .isEqualTo("7");
  }

  @Test
  void statusShowsTheServicesOfTheNamespace() {
    cluster
        .server()
        .expect()
        .get()
        .withPath(ALL)
        .andReturn(200, "{\"items\": [" + cable("{phase: Active, connections: 3}") + "]}")
        .always();
    assertThat(run("status")).as(said()).isZero();
    assertThat(out.toString()).contains("shop/cable").contains("Active").contains("3");
    assertThat(run("status", "-o", "json")).isZero();
    assertThat(out.toString()).contains("\"phase\":\"Active\"");
  }

  @Test
  void whatIsNotThereOrNotAllowedIsSaid() {
    assertThat(run("wake", "cable")).isEqualTo(1);
    assertThat(err.toString()).contains("there is no service cable in the namespace shop");
    assertThat(run("wake", "cable", "--context", "mars")).isEqualTo(1);
    assertThat(err.toString()).contains("there is no context mars in the kubeconfig");
    cluster
        .server()
        .expect()
        .get()
        .withPath("/apis/dormouse.dev/v1alpha1/namespaces/theirs/ondemandservices/cable")
        .andReturn(403, "{\"message\": \"ondemandservices is forbidden\"}")
        .always();
    assertThat(run("sleep", "cable", "--context", "theirs")).isEqualTo(1);
    assertThat(err.toString()).contains("ondemandservices is forbidden");
  }

  private int run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--kubeconfig", kubeconfig.toString()));
    return new CommandLine(new Dormouse())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setExecutionExceptionHandler(
            (failure, command, _) -> Cli.explain(failure, command.getErr()))
        .execute(all.toArray(String[]::new));
  }

  /** Once; the last of them from then on. */
  private void answer(String status) {
    cluster.server().expect().get().withPath(CABLE).andReturn(200, cable(status)).once();
  }

  private void written() {
    cluster.server().expect().patch().withPath(WRITE).andReturn(200, "{}").always();
  }

  private static String cable(String status) {
    return Objects.yaml(
            "{metadata: {name: cable, namespace: shop},"
                + " spec: {activation: OnDemand, idleTimeout: 15m, startup: {timeout: 60s}},"
                + " status: "
                + status
                + "}")
        .toString();
  }

  /** What was written, in order. */
  private List<JsonNode> patches() {
    List<JsonNode> patches = new ArrayList<>();
    for (int left = cluster.server().getRequestCount(); left > 0; left--) {
      RecordedRequest request = cluster.request();
      if (request.getMethod().equals("PATCH")) {
        patches.add(MockCluster.body(request));
      }
    }
    return patches;
  }

  private String said() {
    return out + "\n" + err;
  }
}
