import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.client.Reply;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Whether a rollout of the activators loses a request: many routed services, each asked in turn at
 * the address of its own Service, while every activator is replaced. Run by {@code
 * src/bench/rollout}, which says how. Requests are answered by the activators; nothing is woken.
 */
public final class Rollout {
  private static final String NAMESPACE = "dormouse-rollout";
  private static final String SERVICES =
      "apis/dormouse.dev/v1alpha1/namespaces/" + NAMESPACE + "/ondemandservices";
  private static final int AT_ONCE = 32;
  private static final int CLIENTS = 8;

  /** Of one client, between two requests: all together ask a few hundred times a second. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  private static final int PATIENCE_MILLIS = 5_000;
  private static final Duration BEFORE_AND_AFTER = Duration.ofSeconds(10);
  private static final Duration LONG = Duration.ofMinutes(15);
  private static final String EXPECTED = "HTTP/1.1 426 ";

  private final KubernetesClient client;
  private final Api api;
  private final String activators;
  private final int services;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong answered = new AtomicLong();
  private final Map<String, Long> lost = new ConcurrentHashMap<>();

  private Rollout(String[] args) throws IOException {
    client = Cluster.connect(Cluster.of(Files.readString(Path.of(args[0]))));
    api = Cluster.api(client);
    services = Integer.parseInt(args[1]);
    activators = "apis/apps/v1/namespaces/" + args[2] + "/deployments/dormouse-activator";
  }

  /** {@code KUBECONFIG SERVICES NAMESPACE_OF_DORMOUSE}; ends with 1 if a request was lost. */
  public static void main(String[] args) throws Exception {
    var rollout = new Rollout(args);
    try {
      List<String> addresses = rollout.prepare();
      rollout.measure(addresses);
    } finally {
      rollout.client.namespaces().withName(NAMESPACE).delete();
      rollout.client.close();
    }
    System.exit(rollout.lost.isEmpty() ? 0 : 1);
  }

  /** The addresses of the Services. */
  private List<String> prepare() throws Exception {
    ObjectNode namespace = JsonNodeFactory.instance.objectNode();
    namespace.put("apiVersion", "v1").put("kind", "Namespace");
    namespace.putObject("metadata").put("name", NAMESPACE);
    Api.await(api.post("api/v1/namespaces", namespace));
    Instant begin = Instant.now();
    var slots = new Semaphore(AT_ONCE);
    try (var each = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < services; i++) {
        String name = "cable-" + i;
        slots.acquire();
        each.submit(
            () -> {
              try {
                create(name);
              } finally {
                slots.release();
              }
            });
      }
    }
    await(() -> addresses().size() == services);
    List<String> addresses = addresses();
    await(() -> addresses.stream().allMatch(it -> ask(it).startsWith(EXPECTED)));
    say("%d services made and routed in %d s", services, since(begin));
    return addresses;
  }

  private void create(String name) {
    ObjectNode service = JsonNodeFactory.instance.objectNode();
    service.put("apiVersion", "dormouse.dev/v1alpha1").put("kind", "OnDemandService");
    service.putObject("metadata").put("name", name);
    service.putObject("spec").put("image", "none").put("port", 8080).put("path", "/");
    Reply made = Api.await(api.post(SERVICES, service));
    if (!made.ok() && !made.conflicts()) {
      throw new IllegalStateException(made.why());
    }
  }

  private List<String> addresses() {
    JsonNode all =
        Api.await(api.get("api/v1/namespaces/" + NAMESPACE + "/services")).body().path("items");
    List<String> addresses = new ArrayList<>();
    all.forEach(
        it ->
            addresses.add(
                it.at("/metadata/name").asText() + " " + it.at("/spec/clusterIP").asText()));
    return addresses;
  }

  private void measure(List<String> addresses) throws Exception {
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        int first = i;
        clients.submit(() -> askOn(addresses, first));
      }
      Thread.sleep(BEFORE_AND_AFTER);
      Instant begin = Instant.now();
      ObjectNode restart = JsonNodeFactory.instance.objectNode();
      restart
          .putObject("spec")
          .putObject("template")
          .putObject("metadata")
          .putObject("annotations")
          .put("kubectl.kubernetes.io/restartedAt", begin.toString());
      Reply begun = Api.await(api.patch(activators, Api.Patch.MERGE, restart));
      if (!begun.ok()) {
        throw new IllegalStateException(begun.why());
      }
      await(this::isRolledOut);
      say("activators replaced in %d s", since(begin));
      Thread.sleep(BEFORE_AND_AFTER);
      over.set(true);
    }
    say(
        "%d requests answered, %d lost %s",
        answered.get(),
        lost.values().stream().mapToLong(it -> it).sum(),
        lost.isEmpty() ? "" : new TreeMap<>(lost));
  }

  /** The old ones are gone as well. */
  private boolean isRolledOut() {
    JsonNode deployment = Api.await(api.get(activators)).body();
    JsonNode status = deployment.path("status");
    int wanted = deployment.at("/spec/replicas").asInt();
    boolean current =
        status.path("observedGeneration").asLong() >= deployment.at("/metadata/generation").asLong()
            && status.path("updatedReplicas").asInt() == wanted
            && status.path("availableReplicas").asInt() == wanted;
    String pods = activators.replaceAll("apis/apps/v1/(.*)/deployments/.*", "api/v1/$1/pods");
    return current
        && Api.await(api.get(pods + "?labelSelector=app.kubernetes.io/component=activator"))
                .body()
                .path("items")
                .size()
            == wanted;
  }

  private void askOn(List<String> addresses, int first) {
    for (int i = first; !over.get(); i = (i + CLIENTS) % addresses.size()) {
      String answer = ask(addresses.get(i));
      if (answer.startsWith(EXPECTED)) {
        answered.incrementAndGet();
      } else {
        lost.merge(answer, 1L, Long::sum);
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The first line of what is answered, or what went wrong. */
  private static String ask(String service) {
    String[] parts = service.split(" ", 2);
    try (var socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(new InetSocketAddress(parts[1], 80), PATIENCE_MILLIS);
      String request =
          String.format(
              Locale.ROOT,
              "GET / HTTP/1.1\r\nHost: %s.%s.svc\r\nConnection: close\r\n\r\n",
              parts[0],
              NAMESPACE);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] answer = socket.getInputStream().readAllBytes();
      return new String(answer, StandardCharsets.US_ASCII).lines().findFirst().orElse("nothing");
    } catch (IOException e) {
      return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Instant begin = Instant.now();
    while (!condition.getAsBoolean()) {
      if (since(begin) > LONG.toSeconds()) {
        throw new IllegalStateException("waited for too long");
      }
      Thread.sleep(500);
    }
  }

  private static long since(Instant begin) {
    return Duration.between(begin, Instant.now()).toSeconds();
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
