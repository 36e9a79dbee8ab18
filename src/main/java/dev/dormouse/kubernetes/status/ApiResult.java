package dev.dormouse.kubernetes.status;

/** What became of a request to the API server. */
public sealed interface ApiResult<T> {
  /** It was done; {@code value} is the object of the response. */
  record Ok<T>(T value) implements ApiResult<T> {}

  /** It was not done: a {@code test} failed (422) or another write came before it (409). */
  record Rejected<T>(String why) implements ApiResult<T> {}

  /** There is no such object. */
  record NotFound<T>() implements ApiResult<T> {}

  /** Nobody knows (time-out, I/O, 5xx, 429): a write may have landed, or may land later. */
  record Unknown<T>(String why) implements ApiResult<T> {}
}
