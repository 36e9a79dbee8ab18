package dev.dormouse.activator;

import dev.dormouse.activator.head.ForwardedClient;
import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.intake.BodyReader;
import dev.dormouse.intake.Costs;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One ordinary request and its answer: the only owner of its ticket. It waits as an upgrade does,
 * is demand while it runs, and hands on both bodies as they come, no faster than the other end
 * takes them. A request that may have reached the workload is sent again only if it is safe and has
 * no body. Confined to the client's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the event loop reports failures
final class HttpExchange {
  /** RFC 9110, 9.2.1: asked twice, they do no more than asked once. */
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private final HttpConnection connection;
  private final Activator activator;
  private final Message message;
  private final GatedService served;
  private final BodyReader body;
  private final Instant arrived;
  private final RequestTicket ticket;
  private final RequestDial dial;
  private final AnswerRelay answer;
  final UploadRelay upload;
  private @Nullable HttpUpstream upstream;
  private @Nullable Future<?> holdEnd;
  private @Nullable Future<?> page;
  private boolean mayRetry = true;
  private boolean parting;
  private boolean over;

  /** A request with what is known of it. */
  record Message(
      HttpRequest request, RouteTable.Hit hit, ForwardedClient sender, Optional<String> region) {}

  /** A request that has just arrived; {@link #start} makes it one that waits. */
  HttpExchange(HttpConnection connection, Message message, BodyReader body) {
    this.connection = connection;
    this.activator = connection.activator;
    this.message = message;
    this.served = message.hit().served();
    this.body = body;
    this.upload = new UploadRelay(connection, body);
    this.arrived = activator.clock.instant();
    this.ticket = new RequestTicket(this, message);
    this.dial = new RequestDial(this, connection, served, ticket);
    this.answer = new AnswerRelay(connection, message.request().method());
  }

  boolean isHead() {
    return message.request().method().equals(HttpMethod.HEAD);
  }

  /** How long the client may do nothing where it is its turn. */
  Duration slowClient() {
    return served.spec().limits().slowClient();
  }

  Unread unread() {
    return connection.unread;
  }

  /** All of the request has been handed on. */
  boolean isSent() {
    return upload.isSent();
  }

  /** The head of the answer has been handed on. */
  boolean isAnswering() {
    return answer.isAnswering();
  }

  /** Nobody has taken it yet. */
  boolean isWaiting() {
    return !over && upstream == null;
  }

  /** Another region serves it. */
  boolean isElsewhere() {
    return served.spec().servedBy().isPresent();
  }

  /** Counts it as waiting, if it may wait. */
  void start() {
    Duration hold = hold();
    ticket.enter(now().plus(hold)).ifPresentOrElse(this::refuse, dial::dial);
    if (isWaiting()) {
      waits(hold);
    }
  }

  private void waits(Duration hold) {
    long bytes = Costs.held(message.request());
    if (!connection.account.become(Kind.HELD, bytes + connection.keptBytes(), this::shed)) {
      return;
    }
    holdEnd = after(hold, this::heldTooLong);
    activator.heedRoom();
    if (WaitingPage.isFor(message) && !served.gate().isAdmitting()) {
      page = after(WaitingPage.AFTER, this::showPage);
    }
  }

  private Future<?> after(Duration patience, Runnable task) {
    return channel().eventLoop().schedule(task, patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  private Channel channel() {
    return connection.channel;
  }

  private Duration hold() {
    var startup = served.spec().startup();
    return isElsewhere() ? startup.hold().plus(startup.handshake()) : startup.hold();
  }

  /** Its server may close a connection at any time that has served before. */
  boolean isRepeatable() {
    return SAFE.contains(message.request().method()) && upload.isBodiless() && !answer.isBegun();
  }

  /** There is a connection; false if it is of no use any more. */
  boolean connected(HttpUpstream by) {
    if (!connection.account.become(Kind.TUNNEL, Costs.TUNNEL + connection.keptBytes(), this::shed)
        || !ticket.sent()) {
      return false;
    }
    cancelWait();
    upstream = by;
    connection.vigil.start(this);
    upload.begin(by.begin(this, Heads.forwarded(channel().alloc(), message, body, by.endpoint)));
    return true;
  }

  /** A piece of the request's body has come. */
  void upload(ByteBuf piece) {
    connection.vigil.heard();
    upload.put(piece);
  }

  /** An informational answer. */
  void informed(HttpResponse response) {
    answer.inform(response);
  }

  /** The head of the answer. */
  void answered(HttpResponse response, BodyReader framing) {
    ticket.answered();
    answer.head(response, framing, !upload.isSent());
    activator.events.answered(
        served.id(),
        Duration.between(arrived, dial.dialed()),
        Duration.between(dial.dialed(), now()));
  }

  /** A piece of the answer's body. */
  void content(ByteBuf piece) {
    answer.content(piece);
    answerTaken();
  }

  /** The client has taken some of the answer, or can. */
  void answerTaken() {
    if (upstream != null) {
      upstream.flow(connection.out.hasRoom());
    }
  }

  /** The body of the answer is complete. */
  void contentEnded(String trailers) {
    answer.end(trailers);
  }

  void flushAnswer() {
    connection.out.flush();
  }

  /** The whole answer has come. */
  void completed() {
    detach();
    if (!over) {
      conclude();
      connection.finished(!upload.isSent());
    }
  }

  /** The workload hung up before its answer. */
  void lost(HttpUpstream by) {
    detach();
    boolean withdrawn = ticket.endpoint().isEmpty();
    if (isRepeatable() && !over && (by.isUsed() || mayRetry || withdrawn)) {
      mayRetry &= by.isUsed() || withdrawn;
      again();
    } else {
      failed(RejectReason.NO_ANSWER);
    }
  }

  /** As if it had come now. */
  private void again() {
    connection.vigil.end();
    ticket.close();
    dial.reset();
    start();
  }

  private void detach() {
    upstream = null;
    upload.end();
  }

  /** The workload did not do its part. */
  void failed(RejectReason cause) {
    if (answer.isAnswering()) {
      broke();
      return;
    }
    refuse(Rejection.of(cause), true);
    if (cause == RejectReason.TLS_UPSTREAM && !isElsewhere()) {
      activator.events.foundBroken(
          served.id(), FailureReason.DEAF, "it answers with TLS, and has to speak plain HTTP");
    }
  }

  /** The answer breaks off: the client is to see that. */
  void broke() {
    cut("upstream-broke");
  }

  /** Ends it, whatever it is at. */
  void cut(String reason) {
    if (!over) {
      if (answer.isAnswering()) {
        activator.events.cut(served.id(), reason);
      }
      conclude();
      connection.cut(answer.isUnframed());
    }
  }

  /** What the client sends as its request's body is none, or does not come. */
  void refuseBody(Rejection flaw) {
    if (answer.isAnswering()) {
      cut(flaw.cause().code);
    } else {
      refuse(flaw, false);
    }
  }

  private void refuse(Rejection flaw, boolean ofUpstream) {
    Answer told =
        ofUpstream
            ? Answer.ofUpstream(flaw.cause(), served, headers())
            : Answer.of(flaw, Optional.of(served), headers());
    end(told, flaw.cause().code, flaw.detail());
  }

  /** The wait is over without success. */
  void refuse(Refusal refusal) {
    Answer told = Answer.of(refusal, served, headers(), now());
    end(told, refusal.reason().code(), refusal.detail());
  }

  private HttpHeaders headers() {
    return message.request().headers();
  }

  private void heldTooLong() {
    refuse(Refusal.of(Reason.HELD_TOO_LONG, "The service was not ready in time."));
  }

  /** There is no room for it. Thread-safe. */
  void shed() {
    if (channel().eventLoop().inEventLoop()) {
      if (answer.isAnswering()) {
        cut("memory");
      } else {
        refuse(Refusal.of(Reason.FULL, "As many clients as there is memory for are connected."));
      }
    } else {
      channel().eventLoop().execute(this::shed);
    }
  }

  private void showPage() {
    if (isWaiting()) {
      conclude();
      activator.events.answeredInstead(served.id(), "waiting-page");
      connection.respond(WaitingPage.answer());
    }
  }

  private void end(Answer told, String code, String detail) {
    if (!over) {
      conclude();
      activator.events.refused(Optional.of(served.id()), code, detail);
      connection.respond(told);
    }
  }

  /** The client has gone. */
  void left() {
    if (!over) {
      boolean held = upstream == null;
      conclude();
      if (held) {
        activator.events.left(served.id(), Duration.between(arrived, now()));
      } else {
        activator.events.cut(served.id(), "client-left");
      }
    }
  }

  /** Where to dial has changed. */
  void admitted() {
    dial.dial();
  }

  private Instant now() {
    return activator.clock.instant();
  }

  /** Something went wrong on the workload's side. */
  void broken(Throwable cause) {
    activator.broken(Optional.of(served.id()), cause);
  }

  /** Gives back what it has. */
  private void conclude() {
    over = true;
    cancelWait();
    connection.vigil.end();
    if (upstream != null) {
      upstream.close();
    }
    detach();
    ticket.close();
  }

  private void cancelWait() {
    if (holdEnd != null) {
      holdEnd.cancel(false);
    }
    if (page != null) {
      page.cancel(false);
    }
  }

  /** Does it on the event loop, not at once. */
  void later(Runnable task) {
    channel().eventLoop().execute(task);
  }

  /** What is in flight is the workload's to finish, as with any stop; an event stream is not. */
  void part() {
    connection.endsWithThis();
    if (!over && !parting && answer.isEventStream()) {
      parting = true;
      long most = Math.max(1, served.spec().shutdown().drain().toMillis());
      after(Duration.ofMillis(ThreadLocalRandom.current().nextLong(most)), this::endEvents);
    }
  }

  /** Its client connects again, and says which event was the last one (WHATWG HTML, 9.2). */
  private void endEvents() {
    if (!over) {
      conclude();
      answer.end("");
      connection.finished(false);
    }
  }
}
