package dev.dormouse.kubernetes.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.resource.OnDemandService;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What people do with the services of a cluster: they read them, and annotate them. Blocking. */
public final class PeopleClient implements AutoCloseable {
  private static final String ALL = "apis/dormouse.dev/v1alpha1/";
  private static final String MANAGER = "?fieldManager=kubectl-dormouse";

  private final KubernetesClient client;
  private final Api api;
  private final String namespace;

  private PeopleClient(Config config) {
    namespace = Optional.ofNullable(config.getNamespace()).orElse("default");
    client = Cluster.connect(config);
    api = Cluster.api(client);
  }

  /** The API server does not do what was asked; the message says why. */
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  /**
   * Reaches a cluster as kubectl does.
   *
   * @param kubeconfig empty for {@code KUBECONFIG}, else {@code ~/.kube/config}
   * @param context empty for the current one
   * @throws Refused if there is no such file or context
   */
  public static PeopleClient open(Optional<Path> kubeconfig, Optional<String> context) {
    Config config = kubeconfig.map(it -> read(it, context)).orElseGet(() -> usual(context));
    NamedContext found = config.getCurrentContext();
    String wanted = context.orElse("");
    if (context.isPresent() && (found == null || !wanted.equals(found.getName()))) {
      throw new Refused("there is no context " + wanted + " in the kubeconfig");
    }
    return new PeopleClient(config);
  }

  private static Config usual(Optional<String> context) {
    return Config.autoConfigure(context.orElse(null));
  }

  private static Config read(Path file, Optional<String> context) {
    if (!Files.isReadable(file)) {
      throw new Refused("cannot read " + file);
    }
    return Config.fromKubeconfig(context.orElse(null), file.toFile());
  }

  /** The namespace that the context names. */
  public String namespace() {
    return namespace;
  }

  /**
   * A service as the API server has it.
   *
   * @throws Refused if there is none, or it may not be read
   */
  public JsonNode get(ServiceId id) {
    Reply reply = await(() -> api.get(OnDemandService.path(id)));
    if (reply.missing()) {
      throw new Refused("there is no service " + id.name() + " in the namespace " + id.namespace());
    }
    return body(reply);
  }

  /**
   * All services, of a namespace or of all.
   *
   * @throws Refused if they may not be read
   */
  public JsonNode list(Optional<String> in) {
    String where = in.map(it -> "namespaces/" + it + "/").orElse("");
    return body(await(() -> api.get(ALL + where + "ondemandservices"))).path("items");
  }

  /**
   * Writes annotations of a service, and nothing else.
   *
   * @param annotations by name; an empty one is removed
   * @throws Refused if they may not be written
   */
  public void annotate(ServiceId id, Map<String, Optional<String>> annotations) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode values = patch.putObject("metadata").putObject("annotations");
    annotations.forEach((name, value) -> values.put(name, value.orElse(null)));
    body(await(() -> api.patch(OnDemandService.path(id) + MANAGER, Api.Patch.MERGE, patch)));
  }

  private interface Request {
    CompletableFuture<Reply> send();
  }

  private Reply await(Request request) {
    try {
      return Api.await(request.send());
    } catch (UncheckedIOException e) {
      Throwable cause = e.getCause();
      String why =
          cause == null ? String.valueOf(e.getMessage()) : String.valueOf(cause.getMessage());
      throw new Refused("no answer from " + client.getMasterUrl() + ": " + why);
    }
  }

  private static JsonNode body(Reply reply) {
    if (!reply.ok()) {
      String why = reply.body().path("message").asText();
      throw new Refused(why.isEmpty() ? "the API server answered " + reply.code() : why);
    }
    return reply.body();
  }

  @Override
  public void close() {
    client.close();
  }
}
