package dev.dormouse.activator;

import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.core.Endpoint;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The workload's side until the head of its answer: forwards the handshake, checks what comes back.
 * One per dial; tells its upgrade exactly once how it went.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class UpstreamHandshake extends ChannelInboundHandlerAdapter {
  /** RFC 9110, 15: what is outside is no status. */
  static final int MIN_STATUS = 100;

  static final int MAX_STATUS = 599;

  private final HeldUpgrade held;
  private final Endpoint endpoint;
  private @Nullable Channel channel;
  private @Nullable Future<?> deadline;
  private @Nullable HttpResponse answer;
  private boolean done;

  UpstreamHandshake(HeldUpgrade held, Endpoint endpoint) {
    this.held = held;
    this.endpoint = endpoint;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    channel = ctx.channel();
    if (!held.accepted(this, endpoint)) {
      abandon();
      return;
    }
    deadline =
        ctx.executor()
            .schedule(this::timedOut, held.handshakeTimeout().toNanos(), TimeUnit.NANOSECONDS);
    ctx.writeAndFlush(held.head(ctx.alloc()), ctx.voidPromise());
  }

  /** Closes this side without a word to the upgrade. */
  void abandon() {
    finish();
    if (channel != null) {
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    try {
      if (!done) {
        read(ctx, msg);
      }
    } finally {
      ReferenceCountUtil.release(msg);
    }
  }

  private void read(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof HttpResponse response) {
      answer = response;
      int code = response.status().code();
      if (response.decoderResult().isFailure()
          || code < MIN_STATUS
          || code > MAX_STATUS
          || (isSwitching(response) ? !isAccepted(response) : isAmbiguous(response))) {
        fail(RejectReason.BAD_GATEWAY);
        return;
      }
      if (response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
        finish();
        held.relay(ctx, response);
        return;
      }
    }
    if (answer == null || !(msg instanceof HttpContent content)) {
      return;
    }
    if (content.decoderResult().isFailure()) {
      fail(RejectReason.BAD_GATEWAY);
    } else if (isSwitching(answer)) {
      HttpResponse response = answer;
      finish();
      held.open(this, ctx.channel(), response);
      // Hands on what came behind the head.
      ctx.pipeline().remove(AnswerDecoder.class);
    } else {
      answer = null; // informational: another one follows
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == AnswerDecoder.Verdict.SPEAKS_TLS && !done) {
      fail(RejectReason.TLS_UPSTREAM);
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  private void timedOut() {
    fail(RejectReason.HANDSHAKE_TIMEOUT);
  }

  private void fail(RejectReason cause) {
    abandon();
    held.failed(cause);
  }

  private void finish() {
    done = true;
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!done) {
      finish();
      if (answer == null) {
        held.lost(hasBegun(ctx));
      } else {
        held.failed(RejectReason.BAD_GATEWAY);
      }
    }
  }

  private static boolean hasBegun(ChannelHandlerContext ctx) {
    AnswerDecoder decoder = ctx.pipeline().get(AnswerDecoder.class);
    return decoder != null && decoder.hasBegun();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    held.broken(cause);
    ctx.close();
  }

  private static boolean isSwitching(HttpResponse response) {
    return response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
  }

  /** A length beside a coding other than chunked: where it ends can be read in two ways. */
  private static boolean isAmbiguous(HttpResponse response) {
    return response.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
        && response.headers().contains(HttpHeaderNames.CONTENT_LENGTH)
        && !HttpUtil.isTransferEncodingChunked(response);
  }

  private boolean isAccepted(HttpResponse response) {
    return held.expectedAccept()
        .equals(response.headers().get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT));
  }
}
