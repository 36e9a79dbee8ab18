package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.dormouse.budget.Budget;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.StopReason;
import dev.dormouse.gate.Gate;
import dev.dormouse.gate.Ticket;
import dev.dormouse.gate.TicketListener;
import dev.dormouse.intake.BodyReader;
import dev.dormouse.intake.Costs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandler;
import io.netty.handler.codec.http.HttpHeaderNames;
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
 * no body. Confined to the client's event loop, but for what the gate calls.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the event loop reports failures
final class HttpExchange implements Caller, TicketListener {
  /** RFC 9110, 9.2.1: asked twice, they do no more than asked once. */
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private static final String EVENTS = "text/event-stream";

  private static final ByteBuf CRLF =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(2).writeBytes(new byte[] {'\r', '\n'}));

  private final HttpConnection connection;
  private final Activator activator;
  private final Message message;
  private final Served served;
  private final BodyReader body;
  private final boolean bodiless;
  private final Instant arrived;
  private final Vigil vigil;
  private @Nullable Ticket ticket;
  private @Nullable HttpUpstream upstream;
  private @Nullable Outflow upload;
  private @Nullable Future<?> holdEnd;
  private @Nullable Future<?> page;
  private Optional<Endpoint> dialing = Optional.empty();
  private Instant dialed;
  private Framed framed = Framed.PLAIN;
  private boolean mayRetry = true;

  /** Some of an answer has come. */
  private boolean begun;

  /** The head of the answer has. */
  private boolean answering;

  /** It is an event stream. */
  private boolean events;

  private boolean sent;
  private boolean over;

  /** How the body of the answer is framed for the client. */
  private enum Framed {
    /** By its length, or by the end of the connection. */
    PLAIN,
    CHUNKED,
    /** The end of the connection is the end of the body. */
    CLOSED
  }

  /** A request with what is known of it. */
  record Message(HttpRequest request, RouteTable.Hit hit, Sender sender, Optional<String> region) {}

  /** A request that has just arrived; {@link #start} makes it one that waits. */
  HttpExchange(HttpConnection connection, Message message, BodyReader body) {
    this.connection = connection;
    this.activator = connection.activator;
    this.message = message;
    this.served = message.hit().served();
    this.body = body;
    this.bodiless = body.isDone();
    this.sent = bodiless;
    this.arrived = activator.clock.instant();
    this.dialed = arrived;
    this.vigil = new Vigil(connection, this, served.spec().limits().slowClient());
  }

  HttpMethod method() {
    return message.request().method();
  }

  Unread unread() {
    return connection.unread;
  }

  Budget budget() {
    return activator.budget;
  }

  /** All of the request has been handed on. */
  boolean isSent() {
    return sent;
  }

  /** The head of the answer has been handed on. */
  boolean isAnswering() {
    return answering;
  }

  private boolean isElsewhere() {
    return served.spec().servedBy().isPresent();
  }

  private boolean wakes() {
    return message.hit().route().http() == Http.WAKE || isElsewhere();
  }

  /** Counts it as waiting, if it may wait. */
  void start() {
    if (wakes() || served.isAwake()) {
      enter();
    } else {
      refuse(asleep());
    }
  }

  private static Refusal asleep() {
    return Refusal.of(
        Reason.ASLEEP, "The service is asleep, and ordinary requests do not wake it (http: Pass).");
  }

  private void enter() {
    Duration hold = hold();
    Instant until = activator.clock.instant().plus(hold);
    var access = served.spec().access();
    var bounds =
        new Gate.Bounds(
            served.spec().startup().maxWaiting(),
            access.maxConnections(),
            access.maxConnectionsPerClient());
    Gate gate = served.gate();
    String client = message.sender().client();
    ticket =
        (wakes() || !gate.isAdmitting()
                ? gate.enter(bounds, client, until, this)
                : gate.enterIfAdmitting(bounds, client, until, this))
            .orElse(null);
    if (ticket == null) {
      refuse(
          wakes() || served.isAwake()
              ? Refusal.of(Reason.FULL, "As many clients as allowed are waiting or connected.")
              : asleep());
      return;
    }
    dial();
    if (!over && upstream == null) {
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

  private void dial() {
    Optional<Endpoint> endpoint = ticket == null ? Optional.empty() : ticket.endpoint();
    if (over || upstream != null || endpoint.isEmpty() || endpoint.equals(dialing)) {
      return;
    }
    dialed = activator.clock.instant();
    dialing = endpoint;
    Dialer dialer = activator.dialerFor(channel());
    HttpUpstream idle = isRepeatable() ? dialer.idle.take(endpoint.get()) : null;
    if (idle == null) {
      dialer.dial(this, endpoint.get());
    } else if (!connected(idle)) {
      idle.close();
    }
  }

  /** Its server may close a connection at any time that has served before. */
  private boolean isRepeatable() {
    return SAFE.contains(method()) && bodiless && !begun;
  }

  @Override
  public ChannelInboundHandler side(Endpoint endpoint) {
    return new HttpUpstream(this, endpoint, activator.dialerFor(channel()).idle);
  }

  @Override
  public boolean stillWants(Endpoint endpoint) {
    Optional<Endpoint> wanted = Optional.of(endpoint);
    boolean wants =
        !over
            && upstream == null
            && dialing.equals(wanted)
            && ticket != null
            && ticket.endpoint().equals(wanted);
    if (!wants && upstream == null && dialing.equals(wanted)) {
      dialing = Optional.empty();
    }
    return wants;
  }

  @Override
  public Duration redial() {
    return isElsewhere() ? HeldUpgrade.REDIAL_ELSEWHERE : activator.settings.redial();
  }

  @Override
  public void unreachable(Endpoint endpoint) {
    if (!isElsewhere()) {
      activator.events.foundBroken(
          served.id(),
          FailureReason.UNREACHABLE,
          "it runs, but nobody accepts connections at " + endpoint + " any more");
    }
  }

  @Override
  public Instant now() {
    return activator.clock.instant();
  }

  /** There is a connection; false if it is of no use any more. */
  boolean connected(HttpUpstream by) {
    if (!stillWants(by.endpoint)
        || !connection.account.become(
            Kind.TUNNEL, Costs.TUNNEL + connection.keptBytes(), this::shed)
        || ticket == null
        || !ticket.opened()) {
      return false;
    }
    cancelWait();
    upstream = by;
    vigil.start();
    upload = by.begin(this, Heads.forwarded(channel().alloc(), message, body, by.endpoint));
    uploaded();
    flushUpload();
    return true;
  }

  /** A piece of the request's body has come. */
  void upload(ByteBuf piece) {
    vigil.heard();
    if (upload != null) {
      put(upload, body.isChunked(), piece);
      uploaded();
    }
  }

  /** The workload has taken some of the request, or can. */
  void uploaded() {
    if (upload != null && !over) {
      connection.flow(upload.hasRoom());
    }
  }

  /** The request is complete. */
  void uploadEnded(String trailers) {
    sent = true;
    if (upload != null && body.isChunked()) {
      upload.give(lastChunk(trailers));
    }
  }

  void flushUpload() {
    if (upload != null) {
      upload.flush();
    }
  }

  /** An informational answer; a client of HTTP/1.0 knows none. */
  void informed(HttpResponse response) {
    begun = true;
    if (!connection.isOld()) {
      connection.out.give(Heads.answer(channel().alloc(), response, "", ""));
    }
  }

  /** The head of the answer. */
  void answered(HttpResponse response, BodyReader framing) {
    begun = true;
    answering = true;
    String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    events = type.regionMatches(true, 0, EVENTS, 0, EVENTS.length());
    String field = frame(response, framing);
    if (framed == Framed.CLOSED || !sent) {
      connection.endsWithThis();
    }
    connection.out.give(
        Heads.answer(channel().alloc(), response, field, connection.connectionField()));
    activator.events.answered(
        served.id(), Duration.between(arrived, dialed), Duration.between(dialed, now()));
  }

  /** The field that tells the client where the body ends. */
  private String frame(HttpResponse response, BodyReader framing) {
    if (method().equals(HttpMethod.HEAD) || Heads.isBodiless(response.status())) {
      return Framing.told(response);
    }
    if (framing.length().isPresent()) {
      return "Content-Length: " + framing.length().getAsLong();
    }
    framed = framing.isUntilClose() || connection.isOld() ? Framed.CLOSED : Framed.CHUNKED;
    return framed == Framed.CHUNKED ? "Transfer-Encoding: chunked" : "";
  }

  /** A piece of the answer's body. */
  void content(ByteBuf piece) {
    put(connection.out, framed == Framed.CHUNKED, piece);
    answerTaken();
  }

  /** The client has taken some of the answer, or can. */
  void answerTaken() {
    if (upstream != null) {
      upstream.flow(connection.out.hasRoom());
    }
  }

  void trailers(String trailers) {
    if (framed == Framed.CHUNKED) {
      connection.out.give(lastChunk(trailers));
    }
  }

  void flushAnswer() {
    connection.out.flush();
  }

  /** The whole answer has come. */
  void completed() {
    upstream = null;
    upload = null;
    if (!over) {
      conclude();
      connection.finished(!sent);
    }
  }

  /** The workload hung up before its answer. */
  void lost(HttpUpstream by) {
    upstream = null;
    upload = null;
    boolean withdrawn = ticket == null || ticket.endpoint().isEmpty();
    if (isRepeatable() && !over && (by.isUsed() || mayRetry || withdrawn)) {
      mayRetry &= by.isUsed() || withdrawn;
      again();
    } else {
      failed(Cause.NO_ANSWER);
    }
  }

  /** As if it had come now. */
  private void again() {
    vigil.end();
    closeTicket();
    dialing = Optional.empty();
    enter();
  }

  /** The workload did not do its part. */
  void failed(Cause cause) {
    if (answering) {
      broke();
      return;
    }
    refuse(Flaw.of(cause), true);
    if (cause == Cause.TLS_UPSTREAM && !isElsewhere()) {
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
      if (answering) {
        activator.events.cut(served.id(), reason);
      }
      conclude();
      connection.cut(framed == Framed.CLOSED);
    }
  }

  /** What the client sends as its request's body is none, or does not come. */
  void refuseBody(Flaw flaw) {
    if (answering) {
      cut(flaw.cause().code);
    } else {
      refuse(flaw, false);
    }
  }

  private void refuse(Flaw flaw, boolean ofUpstream) {
    Answer answer =
        ofUpstream
            ? Answer.ofUpstream(flaw.cause(), served, headers())
            : Answer.of(flaw, Optional.of(served), headers());
    end(answer, flaw.cause().code, flaw.detail());
  }

  private void refuse(Refusal refusal) {
    Answer answer = Answer.of(refusal, served, headers(), now());
    end(answer, refusal.reason().code(), refusal.detail());
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
      if (answering) {
        cut("memory");
      } else {
        refuse(Refusal.of(Reason.FULL, "As many clients as there is memory for are connected."));
      }
    } else {
      channel().eventLoop().execute(this::shed);
    }
  }

  private void showPage() {
    if (!over && upstream == null) {
      conclude();
      activator.events.answeredInstead(served.id(), "waiting-page");
      connection.respond(WaitingPage.answer());
    }
  }

  private void end(Answer answer, String code, String detail) {
    if (!over) {
      conclude();
      activator.events.refused(Optional.of(served.id()), code, detail);
      connection.respond(answer);
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

  /** Something went wrong on the workload's side. */
  void broken(Throwable cause) {
    activator.broken(Optional.of(served.id()), cause);
  }

  /** Gives back what it has. */
  private void conclude() {
    over = true;
    cancelWait();
    vigil.end();
    if (upstream != null) {
      upstream.close();
      upstream = null;
    }
    upload = null;
    closeTicket();
  }

  private void cancelWait() {
    if (holdEnd != null) {
      holdEnd.cancel(false);
    }
    if (page != null) {
      page.cancel(false);
    }
  }

  private void closeTicket() {
    if (ticket != null) {
      ticket.close();
    }
  }

  /** Sends a piece of a body. */
  private static void put(Outflow out, boolean chunked, ByteBuf piece) {
    if (chunked) {
      out.give(chunkStart(piece.readableBytes()));
      out.put(piece);
      out.put(CRLF.duplicate());
    } else {
      out.put(piece);
    }
  }

  private static ByteBuf chunkStart(int bytes) {
    return Unpooled.copiedBuffer(Integer.toHexString(bytes) + "\r\n", ISO_8859_1);
  }

  /** RFC 9110, 6.5.1: what frames, routes or authenticates is no trailer. */
  private static ByteBuf lastChunk(String trailers) {
    var last = new StringBuilder("0\r\n");
    trailers
        .lines()
        .filter(line -> FieldNames.isTrailer(line.substring(0, Math.max(0, line.indexOf(':')))))
        .forEach(line -> last.append(line).append("\r\n"));
    return Unpooled.copiedBuffer(last.append("\r\n"), ISO_8859_1);
  }

  @Override
  public void admitted() {
    channel().eventLoop().execute(this::dial);
  }

  @Override
  public void refused(Refusal refusal) {
    channel().eventLoop().execute(() -> refuse(refusal));
  }

  /** What is in flight is the workload's to finish, as with any stop; an event stream is not. */
  @Override
  public void leave(StopReason reason) {
    channel().eventLoop().execute(this::part);
  }

  private void part() {
    connection.endsWithThis();
    if (!over && events) {
      Duration drain = served.spec().shutdown().drain();
      long most = Math.max(1, drain.toMillis());
      after(Duration.ofMillis(ThreadLocalRandom.current().nextLong(most)), this::endEvents);
    }
  }

  /** Its client connects again, and is told the last event then (WHATWG HTML, 9.2). */
  private void endEvents() {
    if (!over) {
      conclude();
      trailers("");
      connection.finished(false);
    }
  }
}
