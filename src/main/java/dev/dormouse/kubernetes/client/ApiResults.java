package dev.dormouse.kubernetes.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.kubernetes.status.ApiResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** Answers of the API server in the words of the protocol. */
public final class ApiResults {
  private static final int TOO_MANY_REQUESTS = 429;

  private ApiResults() {}

  /** What an answer means; {@code read} makes the value of its body. */
  public static <T> ApiResult<T> of(Reply reply, Function<JsonNode, T> read) {
    if (reply.ok()) {
      return new ApiResult.Ok<>(read.apply(reply.body()));
    }
    if (reply.missing()) {
      return new ApiResult.NotFound<>();
    }
    return reply.code() >= 500 || reply.code() == TOO_MANY_REQUESTS || reply.code() < 400
        ? new ApiResult.Unknown<>(reply.why())
        : new ApiResult.Rejected<>(reply.why());
  }

  /** The same of an answer to come; none at all is {@link ApiResult.Unknown}. */
  public static <T> CompletableFuture<ApiResult<T>> later(
      CompletableFuture<Reply> reply, Function<JsonNode, T> read) {
    return reply.handle(
        (answer, failure) -> failure == null ? of(answer, read) : ApiResults.<T>of(failure));
  }

  /** What it means that there is no answer. */
  public static <T> ApiResult<T> of(Throwable failure) {
    return new ApiResult.Unknown<>(reason(failure));
  }

  private static String reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause.toString();
  }
}
