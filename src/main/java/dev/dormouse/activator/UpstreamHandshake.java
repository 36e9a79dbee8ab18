package dev.dormouse.activator;

import dev.dormouse.core.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The workload's side until its answer is complete: forwards the handshake, checks what comes back.
 * One per dial; tells its upgrade exactly once how it went.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class UpstreamHandshake extends ChannelInboundHandlerAdapter {
  static final int MAX_HEAD_BYTES = 16 * 1024;
  static final int MAX_LINE_BYTES = 8 * 1024;

  /** As much of a refusal's body as is relayed. */
  private static final int MAX_BODY_BYTES = 64 * 1024;

  private final HeldUpgrade held;
  private final Endpoint endpoint;
  private @Nullable Channel channel;
  private @Nullable Future<?> deadline;
  private @Nullable HttpResponse answer;
  private ByteBuf body = Unpooled.EMPTY_BUFFER;
  private boolean done;

  UpstreamHandshake(HeldUpgrade held, Endpoint endpoint) {
    this.held = held;
    this.endpoint = endpoint;
  }

  /** What has to stand in front of it in the pipeline. */
  static HttpResponseDecoder decoder() {
    return new HttpResponseDecoder(MAX_LINE_BYTES, MAX_HEAD_BYTES, 8192);
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
      if (response.decoderResult().isFailure()
          || (isSwitching(response) && !isAccepted(response))) {
        fail(Cause.BAD_GATEWAY);
        return;
      }
    }
    if (answer == null || !(msg instanceof HttpContent content)) {
      return;
    }
    if (content.decoderResult().isFailure()) {
      fail(Cause.BAD_GATEWAY);
    } else if (isSwitching(answer)) {
      HttpResponse response = answer;
      finish();
      held.open(this, ctx.channel(), response);
      // Hands on what came behind the head.
      ctx.pipeline().remove(HttpResponseDecoder.class);
    } else if (answer.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      answer = null;
    } else {
      collect(ctx, content);
    }
  }

  private void collect(ChannelHandlerContext ctx, HttpContent content) {
    if (body.maxCapacity() == 0) {
      body = ctx.alloc().buffer(content.content().readableBytes());
    }
    ByteBuf more = content.content();
    body.writeBytes(more, Math.min(more.readableBytes(), MAX_BODY_BYTES - body.readableBytes()));
    if (content instanceof LastHttpContent || body.readableBytes() == MAX_BODY_BYTES) {
      relay();
    }
  }

  private void relay() {
    if (answer != null) {
      HttpResponse response = answer;
      ByteBuf content = body.retain();
      abandon();
      held.relay(response, content);
    }
  }

  private void timedOut() {
    if (answer == null) {
      fail(Cause.HANDSHAKE_TIMEOUT);
    } else {
      relay();
    }
  }

  private void fail(Cause cause) {
    abandon();
    held.failed(cause);
  }

  private void finish() {
    done = true;
    body.release();
    body = Unpooled.EMPTY_BUFFER;
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!done) {
      finish();
      if (answer == null) {
        held.lost();
      } else {
        held.failed(Cause.BAD_GATEWAY);
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    held.broken(cause);
    ctx.close();
  }

  private static boolean isSwitching(HttpResponse response) {
    return response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
  }

  private boolean isAccepted(HttpResponse response) {
    return held.expectedAccept()
        .equals(response.headers().get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT));
  }
}
