package dev.dormouse.kubernetes.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.pass.Workloads.Pod;
import dev.dormouse.kubernetes.pass.Workloads.View;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What the API server has: one service, the scale of its workload, and its pods. */
public final class SimCluster {
  static final ServiceId ID = new ServiceId("shop", "cable");
  private static final ObjectNode FRESH =
      Documents.json(
          """
          {"metadata": {"namespace": "shop", "name": "cable", "uid": "u",
                        "resourceVersion": "1", "generation": 1},
           "spec": {}}
          """);

  private final InstantSource clock;
  private final List<Consumer<ServiceObject>> watches = new ArrayList<>();
  private final List<Consumer<SimWorkload>> workloadWatches = new ArrayList<>();
  private ObjectNode resource;
  private ServiceObject object;

  /** By their resource versions. */
  private final Map<String, ObjectNode> history = new HashMap<>();

  private long version = 1;
  private int uids;
  private int replicas;
  private long scaleVersion = 1;
  private int scaleWrites;
  private String revision = "1";
  public final List<SimPod> pods = new ArrayList<>();

  /** Why no workload is admitted, no replica, or no pod. */
  public Optional<String> refusesWorkload = Optional.empty();

  public Optional<String> refusesScale = Optional.empty();
  public Optional<String> refusesPods = Optional.empty();

  /** What every patch and every scale that lands is shown to, before it lands. */
  private final Judge judge;

  /** Sees what is about to happen. */
  interface Judge {
    void patches(ServiceObject before, ServiceObject after, JsonPatch patch);

    void scales(ServiceObject service, int from, int to);
  }

  /**
   * What is scaled.
   *
   * @param revision of its template
   */
  record SimWorkload(Scale scale, String revision) {
    boolean isOlderThan(SimWorkload other) {
      return ServiceObject.compareVersions(scale.resourceVersion(), other.scale.resourceVersion())
          < 0;
    }
  }

  /** A pod that runs, or will. */
  public static final class SimPod {
    final String uid;
    final Instant created;
    final String revision;
    public Optional<String> ip = Optional.empty();
    public Optional<Instant> running = Optional.empty();
    public Optional<Instant> ready = Optional.empty();
    public Optional<Workloads.Trouble> trouble = Optional.empty();
    public Optional<Workloads.Exit> exit = Optional.empty();
    public Optional<Workloads.End> end = Optional.empty();
    public int restarts;
    boolean deleted;

    /** While it is being deleted it serves on for a while. */
    public boolean lingers;

    /** It accepts connections and answers none. */
    public boolean deaf;

    SimPod(String uid, Instant created, String revision) {
      this.uid = uid;
      this.created = created;
      this.revision = revision;
    }

    /** True while a connection to it is answered. */
    public boolean isServing() {
      return running.isPresent() && ip.isPresent() && end.isEmpty() && (!deleted || lingers);
    }

    Pod seen() {
      return new Pod(
          uid,
          uid + " on a node",
          ip,
          created,
          running,
          ready,
          restarts,
          exit,
          trouble,
          end,
          deleted,
          Optional.of(revision));
    }
  }

  SimCluster(InstantSource clock, Judge judge) {
    this.clock = clock;
    this.judge = judge;
    resource = FRESH.deepCopy();
    object = ServiceObject.read(resource);
    history.put(object.resourceVersion(), resource);
  }

  public void watch(Consumer<ServiceObject> watch) {
    watches.add(watch);
  }

  void watchWorkload(Consumer<SimWorkload> watch) {
    workloadWatches.add(watch);
  }

  public ServiceObject object() {
    return object;
  }

  /** This state of the object as one of this release reads it. */
  ServiceObject read(Release release, ServiceObject of) {
    ObjectNode written = history.getOrDefault(of.resourceVersion(), resource);
    return release == Release.PRESENT ? of : ServiceObject.read(release.seen(written));
  }

  /** The same of an answer. */
  ApiResult<ServiceObject> read(Release release, ApiResult<ServiceObject> answer) {
    return answer instanceof ApiResult.Ok<ServiceObject>(ServiceObject answered)
        ? new ApiResult.Ok<>(read(release, answered))
        : answer;
  }

  public StatusDocument status() {
    return object.status().orElseGet(StatusDocument::blank);
  }

  /** Applies a patch; {@code meant} is what it was before a bug was planted in it. */
  ApiResult<ServiceObject> patch(JsonPatch patch, JsonPatch meant) {
    var patched = PatchEvaluator.apply(resource, patch.operations());
    if (patched.isEmpty()) {
      return new ApiResult.Rejected<>("a test failed");
    }
    change(patched.get(), Optional.of(meant));
    return new ApiResult.Ok<>(object);
  }

  /** Somebody replaces the status by nothing. */
  void wipe() {
    ObjectNode wiped = resource.deepCopy();
    wiped.remove("status");
    change(wiped, Optional.empty());
  }

  private void change(ObjectNode changed, Optional<JsonPatch> patch) {
    if (changed.equals(resource)) {
      return;
    }
    ((ObjectNode) changed.get("metadata")).put("resourceVersion", Long.toString(++version));
    ServiceObject before = object;
    ServiceObject after = ServiceObject.read(changed);
    patch.ifPresent(it -> judge.patches(before, after, it));
    resource = changed;
    history.put(after.resourceVersion(), changed);
    object = after;
    watches.forEach(watch -> watch.accept(object));
  }

  SimWorkload workload() {
    return new SimWorkload(scale(), revision);
  }

  private void changeWorkload(int wanted, String template) {
    replicas = wanted;
    revision = template;
    scaleVersion++;
    workloadWatches.forEach(watch -> watch.accept(workload()));
  }

  /** How often its replicas have changed. */
  int scaleWrites() {
    return scaleWrites;
  }

  public Scale scale() {
    return new Scale(Long.toString(scaleVersion), replicas);
  }

  ApiResult<Scale> put(Scale scale) {
    if (!scale.resourceVersion().equals(Long.toString(scaleVersion))) {
      return new ApiResult.Rejected<>("conflict");
    }
    if (scale.replicas() > 0 && refusesScale.isPresent()) {
      return new ApiResult.Rejected<>(refusesScale.get());
    }
    if (scale.replicas() != replicas) {
      judge.scales(object, replicas, scale.replicas());
      scaleWrites++;
      changeWorkload(scale.replicas(), revision);
    }
    return new ApiResult.Ok<>(scale());
  }

  /** A workload without replicas gets the template of this revision. */
  ApiResult<Scale> prepare(String wanted) {
    if (refusesWorkload.isPresent()) {
      return new ApiResult.Rejected<>(refusesWorkload.get());
    }
    if (replicas == 0 && !wanted.equals(revision)) {
      changeWorkload(0, wanted);
    }
    return new ApiResult.Ok<>(scale());
  }

  View view() {
    return new View(
        Optional.of(scale()),
        pods.stream().map(SimPod::seen).toList(),
        refusesPods,
        false,
        Optional.empty());
  }

  public Optional<SimPod> pod() {
    return pods.stream().filter(pod -> !pod.deleted && pod.end.isEmpty()).findFirst();
  }

  Optional<SimPod> podAt(String ip) {
    return pods.stream().filter(it -> it.ip.filter(ip::equals).isPresent()).findFirst();
  }

  /**
   * The next thing that the workload's controller or a kubelet does; false if there is nothing. Its
   * controller writes it into the workload's status.
   */
  public boolean progress() {
    boolean changed = progressOfPods();
    if (changed) {
      changeWorkload(replicas, revision);
    }
    return changed;
  }

  private boolean progressOfPods() {
    boolean gone = pods.removeIf(pod -> pod.deleted && !pod.lingers);
    if (replicas == 0) {
      List<SimPod> live = pods.stream().filter(it -> it.end.isEmpty()).toList();
      live.forEach(pod -> pod.deleted = true);
      return gone || !live.isEmpty();
    }
    var pod = pod();
    if (pod.isEmpty()) {
      pods.add(new SimPod("p" + ++uids, clock.instant(), revision));
      return true;
    }
    return gone || progress(pod.get());
  }

  private boolean progress(SimPod pod) {
    if (pod.trouble.isPresent()) {
      return false;
    }
    if (pod.ip.isEmpty()) {
      pod.ip = Optional.of("10.0.0." + pod.uid);
      return true;
    }
    if (pod.running.isEmpty()) {
      pod.running = Optional.of(clock.instant());
      return true;
    }
    if (pod.ready.isEmpty()) {
      pod.ready = Optional.of(clock.instant());
      return true;
    }
    return false;
  }

  public boolean isAtRest() {
    return replicas == 0
        && pods.stream().allMatch(it -> it.end.isPresent())
        && status().phase() == Phase.DORMANT
        && status().stakes().filter(it -> it.isEmpty()).isPresent();
  }
}
