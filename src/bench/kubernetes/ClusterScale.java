import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Cluster;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Operator and activator of {@code target/dormouse} over many dormant services: how long they take
 * to start, what they hold, what they do at rest, and how soon an upgrade becomes a write of a
 * scale. Run by {@code src/bench/scale}, which says how. Pods are never scheduled.
 */
public final class ClusterScale {
  private static final String NAMESPACE = "dormouse-scale";
  private static final String SERVICES =
      "apis/dormouse.dev/v1alpha1/namespaces/" + NAMESPACE + "/ondemandservices";
  private static final int PORT = 18080;
  private static final int AT_ONCE = 32;
  private static final double MB = 1 << 20;
  private static final double TICKS = 100; // of a second, proc(5)

  /** After a burst: the cluster has made its pods, and all stakes have been withdrawn. */
  private static final Duration SETTLED = Duration.ofSeconds(60);

  /** After one wake: the cluster has made its pod and told of it. */
  private static final Duration PAUSE = Duration.ofMillis(300);

  private static final Duration LONG = Duration.ofMinutes(15);

  /** Requests that change what Dormouse writes, as the API server counts them. */
  private static final Pattern WRITES =
      Pattern.compile(
          "^apiserver_request_total\\{.*resource=\"(ondemandservices|deployments|services"
              + "|endpointslices|events)\".*verb=\"(POST|PUT|PATCH|APPLY|DELETE)\".*} (\\S+)$",
          Pattern.MULTILINE);

  private final Path kubeconfig;
  private final KubernetesClient client;
  private final Api api;
  private final int services;
  private final int wakes;
  private final Duration rest;
  private final HttpClient http = HttpClient.newHttpClient();

  private ClusterScale(String[] args) throws IOException {
    kubeconfig = Path.of(args[0]).toAbsolutePath();
    services = Integer.parseInt(args[1]);
    wakes = Integer.parseInt(args[2]);
    rest = Duration.ofSeconds(Long.parseLong(args[3]));
    Config config = Cluster.of(Files.readString(kubeconfig));
    client = Cluster.connect(config);
    api = Cluster.api(client);
  }

  /** {@code KUBECONFIG SERVICES WAKES SECONDS_AT_REST}. */
  public static void main(String[] args) throws Exception {
    var scale = new ClusterScale(args);
    try {
      scale.prepare();
      scale.measure();
    } finally {
      scale.client.namespaces().withName(NAMESPACE).delete();
      scale.client.close();
    }
  }

  private void prepare() throws Exception {
    try (var crd = Files.newInputStream(Path.of("crds/ondemandservices.dormouse.dev.yaml"))) {
      client.load(crd).forceConflicts().serverSideApply();
    }
    var namespace = JsonNodeFactory.instance.objectNode();
    namespace.put("apiVersion", "v1").put("kind", "Namespace");
    namespace.putObject("metadata").put("name", NAMESPACE);
    Api.await(api.post("api/v1/namespaces", namespace));
    long begin = System.nanoTime();
    var slots = new Semaphore(AT_ONCE);
    try (var each = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < services; i++) {
        int number = i;
        slots.acquire();
        each.submit(
            () -> {
              try {
                create(number);
              } finally {
                slots.release();
              }
            });
      }
    }
    say("%d services made in %.1f s", services, since(begin));
  }

  private void create(int number) {
    var service = JsonNodeFactory.instance.objectNode();
    service.put("apiVersion", "dormouse.dev/v1alpha1").put("kind", "OnDemandService");
    service.putObject("metadata").put("name", name(number));
    var spec = service.putObject("spec");
    spec.put("image", "none").put("port", 8080).put("path", "/");
    spec.putObject("template")
        .putObject("spec")
        .putObject("nodeSelector")
        .put("dormouse.dev/nowhere", "true");
    var reply = Api.await(api.post(SERVICES, service));
    if (!reply.ok() && !reply.conflicts()) {
      throw new IllegalStateException(reply.why());
    }
  }

  private static String name(int number) {
    return "cable-" + number;
  }

  private void measure() throws Exception {
    long begin = System.nanoTime();
    Process operator = start("operator", 18081);
    await(() -> ready(18081));
    say("operator ready, nothing made yet: %.1f s", since(begin));
    await(() -> count() >= services, Duration.ofSeconds(10));
    say("Deployments, Services and statuses of all made: %.1f s", since(begin));
    stop(operator);
    begin = System.nanoTime();
    operator = start("operator", 18081);
    await(() -> ready(18081));
    say("operator ready again: %.1f s", since(begin));
    begin = System.nanoTime();
    Process activator =
        start("activator", 18082, "--listen", "127.0.0.1:" + PORT, "--shutdown-delay", "0s");
    await(() -> ready(18082));
    say("activator ready: %.1f s", since(begin));
    try {
      rest(operator, activator);
      hold("operator", operator);
      hold("activator", activator);
      burst();
    } finally {
      stop(activator);
      stop(operator);
    }
  }

  private Process start(String role, int admin, String... more) throws IOException {
    List<String> command = new ArrayList<>(List.of("target/dormouse/bin/dormouse", role));
    command.addAll(List.of("--namespace", NAMESPACE, "--admin", "127.0.0.1:" + admin));
    command.addAll(List.of(more));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(Path.of("target/scale-" + role + ".log").toFile()));
    builder.environment().putAll(Map.of("KUBECONFIG", kubeconfig.toString()));
    builder.environment().putAll(Map.of("POD_NAMESPACE", NAMESPACE, "POD_NAME", "scale-" + role));
    return builder.start();
  }

  private static void stop(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private boolean ready(int admin) {
    try {
      var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + "/readyz"));
      return http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How many services have a status; there is one when all that belongs to them is there. */
  private long count() {
    var all = Api.await(api.get(SERVICES + "?resourceVersion=0")).body().path("items");
    return all.valueStream().filter(it -> it.path("status").has("epoch")).count();
  }

  private void rest(Process operator, Process activator) throws Exception {
    Thread.sleep(Duration.ofSeconds(30)); // what a start has begun is done
    double[] cpu = {cpu(operator), cpu(activator)};
    Map<String, Double> before = writes();
    Thread.sleep(rest);
    Map<String, Double> after = writes();
    after.replaceAll((what, count) -> count - before.getOrDefault(what, 0.0));
    after.values().removeIf(it -> it == 0);
    say("writes in %d s at rest, Leases aside: %s", rest.toSeconds(), after);
    say(
        "CPU at rest: operator %.2f %%, activator %.2f %% of a core",
        100 * (cpu(operator) - cpu[0]) / rest.toSeconds(),
        100 * (cpu(activator) - cpu[1]) / rest.toSeconds());
  }

  private Map<String, Double> writes() {
    String metrics = client.raw("/metrics");
    Map<String, Double> counts = new ConcurrentHashMap<>();
    Matcher each = WRITES.matcher(metrics);
    while (each.find()) {
      counts.merge(each.group(2) + " " + each.group(1), Double.valueOf(each.group(3)), Double::sum);
    }
    return counts;
  }

  private static double cpu(Process process) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Double.parseDouble(fields[11]) + Double.parseDouble(fields[12])) / TICKS;
  }

  private static void hold(String role, Process process) throws Exception {
    jcmd(process, "GC.run");
    Matcher used = Pattern.compile("(\\d+)K, used (\\d+)K").matcher(jcmd(process, "GC.heap_info"));
    double live = 0;
    while (used.find()) {
      live += Double.parseDouble(used.group(2)) / 1024;
    }
    String status = Files.readString(Path.of("/proc/" + process.pid() + "/status"));
    Matcher rss = Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(status);
    Matcher threads = Pattern.compile("Threads:\\s+(\\d+)").matcher(status);
    say(
        "%s: %.0f MB of heap live after a full collection, RSS %.0f MB, %s threads",
        role,
        live,
        rss.find() ? Double.parseDouble(rss.group(1)) / 1024 : -1,
        threads.find() ? threads.group(1) : "?");
  }

  private static String jcmd(Process process, String what) throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin/jcmd");
    var jcmd = new ProcessBuilder(java.toString(), Long.toString(process.pid()), what).start();
    String answer = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    jcmd.waitFor();
    return answer;
  }

  private void burst() throws Exception {
    Map<String, Long> scaled = new ConcurrentHashMap<>();
    Map<String, Long> asked = new ConcurrentHashMap<>();
    try (var watch = watch(scaled)) {
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < wakes; i++) {
        clients.add(knock(i, asked));
      }
      await(() -> scaled.keySet().containsAll(asked.keySet()));
      for (Socket each : clients) {
        each.close();
      }
    }
    double[] millis =
        asked.entrySet().stream()
            .mapToDouble(it -> (scaled.get(it.getKey()) - it.getValue()) / 1e6)
            .sorted()
            .toArray();
    say(
        "%d wakes at once: upgrade to written scale, as a watch sees it: p50 %.0f, p99 %.0f ms",
        wakes, at(millis, 0.5), at(millis, 0.99));
    Thread.sleep(SETTLED);
    single(scaled);
  }

  /** One after another, each when the cluster is done with the one before. */
  private void single(Map<String, Long> scaled) throws Exception {
    Map<String, Long> asked = new ConcurrentHashMap<>();
    List<Double> millis = new ArrayList<>();
    try (var watch = watch(scaled)) {
      for (int i = wakes; i < Math.min(2 * wakes, services); i++) {
        String name = name(i);
        try (var client = knock(i, asked)) {
          await(() -> scaled.containsKey(name));
        }
        Thread.sleep(PAUSE);
        millis.add((scaled.get(name) - asked.get(name)) / 1e6);
      }
    }
    double[] sorted = millis.stream().mapToDouble(it -> it).sorted().toArray();
    say(
        "%d wakes one by one: p50 %.0f, p90 %.0f, p99 %.0f, longest %.0f ms; load of the machine"
            + " %s",
        sorted.length,
        at(sorted, 0.5),
        at(sorted, 0.9),
        at(sorted, 0.99),
        at(sorted, 1),
        Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
  }

  private static Socket knock(int number, Map<String, Long> asked) throws IOException {
    var socket = new Socket("127.0.0.1", PORT);
    String head =
        "GET / HTTP/1.1\r\nHost: %s.%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    byte[] bytes =
        String.format(Locale.ROOT, head, name(number), NAMESPACE).getBytes(StandardCharsets.UTF_8);
    asked.put(name(number), System.nanoTime());
    socket.getOutputStream().write(bytes);
    return socket;
  }

  /** From now on: what has been before is not shown. */
  private Watch watch(Map<String, Long> scaled) {
    String path = "apis/apps/v1/namespaces/" + NAMESPACE + "/deployments?limit=1";
    String now = Api.await(api.get(path)).body().at("/metadata/resourceVersion").asText();
    return client
        .apps()
        .deployments()
        .inNamespace(NAMESPACE)
        .watch(new ListOptionsBuilder().withResourceVersion(now).build(), new Scaled(scaled));
  }

  private record Scaled(Map<String, Long> when) implements Watcher<Deployment> {
    @Override
    public void eventReceived(Action action, Deployment deployment) {
      Integer replicas = deployment.getSpec().getReplicas();
      if (replicas != null && replicas > 0) {
        when.putIfAbsent(deployment.getMetadata().getName(), System.nanoTime());
      }
    }

    @Override
    public void onClose(WatcherException cause) {}
  }

  private static double at(double[] sorted, double part) {
    return sorted[(int) Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    await(condition, Duration.ofMillis(5));
  }

  private static void await(BooleanSupplier condition, Duration pause) throws InterruptedException {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (since(begin) > LONG.toSeconds()) {
        throw new IllegalStateException("waited for too long");
      }
      Thread.sleep(pause);
    }
  }

  private static double since(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
