package dev.dormouse.activator.head;

/** Why the activator itself refuses a request. */
public enum RejectReason {
  UNKNOWN_ROUTE(
      404,
      "unknown-route",
      "No service answers to this host and path; a path of a manifest is matched exactly."),
  NOT_AN_UPGRADE(426, "not-an-upgrade", "Only WebSocket upgrades are served here."),
  WRONG_VERSION(426, "wrong-version", "Only version 13 of the WebSocket protocol is served."),
  BAD_HANDSHAKE(400, "bad-handshake", "This is no valid WebSocket handshake (RFC 6455, 4.2.1)."),
  MALFORMED(400, "malformed", "This is no valid HTTP/1.1 request."),
  HEAD_TOO_LARGE(431, "head-too-large", "The head of the request is larger than limits.maxHead."),
  HEAD_TIMEOUT(408, "head-timeout", "The head of the request did not come in time."),
  FOREIGN_ORIGIN(
      403,
      "foreign-origin",
      "This origin is not allowed; access.allowedOrigins of the service names those that are."),
  EARLY_BYTES(400, "early-bytes", "Data came before the handshake was answered (RFC 6455, 4.1)."),
  TLS_UPSTREAM(
      502,
      "answers-with-tls",
      "The service answers with TLS: on this port it has to speak plain HTTP."),
  BAD_GATEWAY(502, "bad-gateway", "The service did not answer with a valid handshake."),
  ROUTES_CHANGED(
      503, "routes-changed", "The routes changed while the request was read: send it again."),
  BAD_ANSWER(502, "bad-answer", "The service did not answer with valid HTTP."),
  NO_ANSWER(502, "no-answer", "The service hung up without an answer."),
  ANSWER_TIMEOUT(504, "answer-timeout", "The service did not answer in time."),
  BODY_TIMEOUT(408, "body-timeout", "The body of the request did not come in time."),
  HANDSHAKE_TIMEOUT(504, "handshake-timeout", "The service did not answer the handshake in time.");

  /** Of the answer (RFC 9110, 15). */
  public final int status;

  /** In metrics, logs and problem documents. */
  public final String code;

  /** For people, where nothing closer is known. */
  public final String detail;

  RejectReason(int status, String code, String detail) {
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}
