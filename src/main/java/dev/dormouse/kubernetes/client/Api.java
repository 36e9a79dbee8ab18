package dev.dormouse.kubernetes.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Requests to the API server, as trees. Each is sent once: whether to send it again only its sender
 * can know. Thread-safe.
 */
public final class Api {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http;
  private final URI server;
  private final Duration timeout;

  /** Requests through this client, each answered within {@code timeout} or failed. */
  public Api(KubernetesClient client, Duration timeout) {
    this.http = client.getHttpClient();
    this.server = URI.create(client.getMasterUrl().toString());
    this.timeout = timeout;
  }

  /** The formats of a patch. */
  public enum Patch {
    /** RFC 6902. */
    JSON("application/json-patch+json"),
    /** RFC 7386. */
    MERGE("application/merge-patch+json"),
    /** Server-side apply; JSON is YAML. */
    APPLY("application/apply-patch+yaml");

    private final String type;

    Patch(String type) {
      this.type = type;
    }
  }

  /** Reads an object; the path is relative to the server. */
  public CompletableFuture<Reply> get(String path) {
    return send("GET", path, "application/json", MissingNode.getInstance());
  }

  /** Changes an object. */
  public CompletableFuture<Reply> patch(String path, Patch format, JsonNode patch) {
    return send("PATCH", path, format.type, patch);
  }

  /** Makes an object. */
  public CompletableFuture<Reply> post(String path, JsonNode body) {
    return send("POST", path, "application/json", body);
  }

  /** Replaces an object. */
  public CompletableFuture<Reply> put(String path, JsonNode body) {
    return send("PUT", path, "application/json", body);
  }

  /** Removes an object. */
  public CompletableFuture<Reply> delete(String path, JsonNode options) {
    return send("DELETE", path, "application/json", options);
  }

  /**
   * Waits for an answer.
   *
   * @throws UncheckedIOException if there is none: what was asked for may have been done or not
   */
  public static Reply await(CompletableFuture<Reply> reply) {
    try {
      return reply.get();
    } catch (ExecutionException e) {
      throw unanswered(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(e);
    }
  }

  private static UncheckedIOException unanswered(Throwable cause) {
    return cause instanceof IOException io
        ? new UncheckedIOException(io)
        : new UncheckedIOException(new IOException(String.valueOf(cause), cause));
  }

  private CompletableFuture<Reply> send(String method, String path, String type, JsonNode body) {
    HttpRequest.Builder request =
        http.newHttpRequestBuilder()
            .uri(server.resolve(path))
            .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
            .header("Accept", "application/json");
    request =
        body.isMissingNode()
            ? request.method(method, type, (String) null)
            : request.method(method, type, body.toString());
    return http.sendAsync(request.build(), byte[].class).thenApply(Api::reply);
  }

  private static Reply reply(HttpResponse<byte[]> response) {
    try {
      byte[] body = response.body();
      boolean empty = body == null || body.length == 0;
      return new Reply(response.code(), empty ? MissingNode.getInstance() : JSON.readTree(body));
    } catch (JsonProcessingException e) {
      return new Reply(response.code(), MissingNode.getInstance());
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }
}
