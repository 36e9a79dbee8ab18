package dev.dormouse.activator;

import static java.util.Objects.requireNonNull;

import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.core.Endpoint;
import dev.dormouse.gate.Silence;
import dev.dormouse.intake.BodyReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a workload for ordinary requests, one after the other. What the workload sends
 * without having been asked, or behind its answer, ends it: nobody may get another's answer.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class HttpUpstream extends ChannelInboundHandlerAdapter {
  /** Informational answers to one request; more are a flood. */
  private static final int MAX_INFORMATIONAL = 16;

  final Endpoint endpoint;
  private final IdleUpstreams idle;
  private final Silence silence;
  private @Nullable Channel channel;
  private @Nullable RequestDial first;
  private @Nullable HttpExchange exchange;
  private @Nullable Outflow out;
  private @Nullable BodyReader body;
  private int informational;
  private boolean reusable;

  /** Looks of {@link IdleUpstreams} since it was used last. */
  int looks;

  private boolean used;
  private boolean kept;

  /**
   * A new connection, which this dial asks for.
   *
   * @param silence of the service that is to answer
   */
  HttpUpstream(RequestDial first, Endpoint endpoint, IdleUpstreams idle, Silence silence) {
    this.first = first;
    this.endpoint = endpoint;
    this.idle = idle;
    this.silence = silence;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = ctx.channel();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoClose(false);
    RequestDial caller = first;
    first = null;
    if (caller == null || !caller.connected(this)) {
      close();
    }
  }

  /** Whether it has served another exchange before, and its server may be about to close it. */
  boolean isUsed() {
    return used;
  }

  boolean isOpen() {
    return channel().isActive();
  }

  private Channel channel() {
    return requireNonNull(channel);
  }

  /** Sends a request; its body, if there is one, is put into what this returns. */
  Outflow begin(HttpExchange next, ByteBuf head) {
    Channel to = channel();
    keep(false);
    exchange = next;
    body = null;
    informational = 0;
    reusable = false;
    decoder(to.pipeline()).readHeadsOnly();
    to.config().setAutoRead(true);
    var flow = new Outflow(to, next.unread(), next.upload::moved);
    out = flow;
    flow.give(head);
    return flow;
  }

  /** Whether more of the answer is to come. */
  void flow(boolean flag) {
    if (channel().config().isAutoRead() != flag) {
      channel().config().setAutoRead(flag);
    }
  }

  /** Ends it without a word to the exchange. */
  void close() {
    exchange = null;
    if (out != null) {
      out.close();
    }
    if (channel != null) {
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    try {
      HttpExchange current = exchange;
      if (current == null) {
        if (msg instanceof ByteBuf || msg instanceof HttpResponse) {
          close();
        }
      } else if (msg instanceof HttpResponse response) {
        head(ctx, current, response);
      } else if (msg instanceof ByteBuf in) {
        content(current, in);
      }
    } finally {
      ReferenceCountUtil.release(msg);
    }
  }

  private void head(ChannelHandlerContext ctx, HttpExchange current, HttpResponse response) {
    int code = response.status().code();
    boolean interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    if (response.decoderResult().isFailure()
        || response.protocolVersion().majorVersion() != 1
        || code < UpstreamHandshake.MIN_STATUS
        || code > UpstreamHandshake.MAX_STATUS
        || response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)
        || (interim && ++informational > MAX_INFORMATIONAL)) {
      current.failed(RejectReason.BAD_ANSWER);
    } else if (interim) {
      current.informed(response);
    } else {
      Optional<BodyReader> framing =
          current.isHead() || Heads.isBodiless(response.status())
              ? Optional.of(BodyReader.ofLength(0))
              : decoder(ctx.pipeline()).framing();
      if (framing.isPresent()) {
        answered(current, response, framing.get());
      } else {
        current.failed(RejectReason.BAD_ANSWER);
      }
    }
  }

  private static AnswerDecoder decoder(ChannelPipeline pipeline) {
    return requireNonNull(pipeline.get(AnswerDecoder.class));
  }

  private void answered(HttpExchange current, HttpResponse response, BodyReader framing) {
    body = framing;
    reusable = HttpUtil.isKeepAlive(response) && !framing.isUntilClose();
    current.answered(response, framing);
  }

  private void content(HttpExchange current, ByteBuf in) {
    BodyReader reader = body;
    if (reader == null || reader.isDone()) {
      reusable = false;
      return;
    }
    for (ByteBuf piece = reader.next(in); piece != null; piece = reader.next(in)) {
      current.content(piece);
    }
    if (reader.isFlawed()) {
      current.broke();
    } else if (reader.isDone() && exchange == current) {
      reusable &= !in.isReadable();
      current.contentEnded(reader.trailers());
    }
  }

  private boolean isComplete() {
    return body != null && body.isDone();
  }

  private void done(HttpExchange current) {
    boolean again = reusable && current.isSent() && out != null && !out.isPending();
    exchange = null;
    used = true;
    if (again && isOpen() && idle.put(this, channel().eventLoop())) {
      keep(true);
      channel().config().setAutoRead(true);
    } else {
      close();
    }
    current.completed();
  }

  /** Nothing is put to sleep as long as there is one: its end would wake what sleeps. */
  private void keep(boolean flag) {
    if (kept != flag) {
      kept = flag;
      silence.backlog(flag);
    }
  }

  /** Only now nothing more has come behind the answer. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    HttpExchange current = exchange;
    if (current != null && isComplete()) {
      done(current);
    } else if (current != null) {
      current.flushAnswer();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == AnswerDecoder.Verdict.SPEAKS_TLS && exchange != null) {
      exchange.failed(RejectReason.TLS_UPSTREAM);
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.upload.moved();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    idle.remove(this);
    keep(false);
    if (out != null) {
      out.close();
    }
    HttpExchange current = exchange;
    BodyReader reader = body;
    exchange = null;
    if (current == null) {
      return;
    }
    if (reader == null) {
      current.lost(this);
    } else if (reader.isUntilClose() || reader.isDone()) {
      current.completed();
    } else {
      current.broke();
    }
  }

  /** It takes no more of the request, but what it said before may still wait to be read. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    HttpExchange current = exchange;
    if (current == null) {
      close();
    } else if (cause instanceof IOException && out != null && !current.isSent()) {
      out.fail();
      flow(true);
    } else {
      current.broken(cause);
      if (body != null) {
        current.broke();
      } else {
        ctx.close();
      }
    }
  }
}
