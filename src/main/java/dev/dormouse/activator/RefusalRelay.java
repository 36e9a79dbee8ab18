package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.dormouse.budget.Budget.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The workload's own refusal on its way to the client: handed on from its head on, piece by piece,
 * in the framing that it came in, so that the client sees whether it got all (RFC 9112, 6.3 and 8).
 * Both connections end with it. Stands on the workload's side, behind the decoder.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class RefusalRelay extends ChannelInboundHandlerAdapter {
  /** How many pauses, as long as one may be, a whole refusal may take. */
  static final int PAUSES = 6;

  private static final byte[] CRLF = {'\r', '\n'};

  private final HeldUpgrade held;
  private final Channel client;
  private final Channel upstream;
  private final Duration patience;
  private final boolean chunked;

  /** Its end is the end of the connection. */
  private final boolean unframed;

  private final ChannelHandler clientSide = new ClientSide();
  private final Future<?> end;
  private Future<?> pause;
  private boolean over;

  /**
   * Puts itself in the place of both handlers, and hands the head on.
   *
   * @param patience how long the workload may pause
   */
  RefusalRelay(
      HeldUpgrade held, Channel client, Channel upstream, HttpResponse head, Duration patience) {
    boolean bodiless = Heads.isBodiless(head.status());
    this.held = held;
    this.client = client;
    this.upstream = upstream;
    this.patience = patience;
    this.chunked = !bodiless && HttpUtil.isTransferEncodingChunked(head);
    this.unframed =
        !bodiless && !chunked && !head.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
    this.pause = after(patience);
    this.end =
        client
            .eventLoop()
            .schedule(this::cut, patience.multipliedBy(PAUSES).toNanos(), TimeUnit.NANOSECONDS);
    client.pipeline().replace(held, null, clientSide);
    client.config().setAutoRead(true);
    held.account().renew(Kind.ANSWER, LingeringClose.kept(client), () -> Activator.close(client));
    client.write(Heads.refusal(client.alloc(), head));
  }

  private Future<?> after(Duration patience) {
    return client.eventLoop().schedule(this::paused, patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** While the client takes nothing, the workload cannot go on: only the end bounds that. */
  private void paused() {
    if (upstream.config().isAutoRead()) {
      cut();
    } else {
      pause = after(patience);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    try {
      if (!over && msg instanceof HttpContent content) {
        pause.cancel(false);
        pause = after(patience);
        read(content);
      }
    } finally {
      ReferenceCountUtil.release(msg);
    }
  }

  private void read(HttpContent content) {
    if (content.decoderResult().isFailure()) {
      cut();
      return;
    }
    if (content.content().isReadable()) {
      client.write(piece(content.content()), client.voidPromise());
    }
    if (content instanceof LastHttpContent last) {
      finish();
      LingeringClose.say(client, clientSide, tail(last), held.account(), held.linger());
    }
  }

  /** A copy: what waits must not keep a whole {@link ReadBuffer}. */
  private ByteBuf piece(ByteBuf content) {
    int length = content.readableBytes();
    ByteBuf piece = client.alloc().buffer(length + 2 * CRLF.length + Integer.BYTES * 2);
    if (chunked) {
      piece.writeCharSequence(Integer.toHexString(length), US_ASCII);
      piece.writeBytes(CRLF).writeBytes(content).writeBytes(CRLF);
    } else {
      piece.writeBytes(content);
    }
    return piece;
  }

  private ByteBuf tail(LastHttpContent last) {
    if (!chunked) {
      return Unpooled.EMPTY_BUFFER;
    }
    var tail = new StringBuilder("0\r\n");
    last.trailingHeaders()
        .forEach(h -> tail.append(h.getKey()).append(": ").append(h.getValue()).append("\r\n"));
    return Unpooled.copiedBuffer(tail.append("\r\n"), ISO_8859_1);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    client.flush();
    held.account().resize(LingeringClose.kept(client));
  }

  /**
   * Ends what is not whole. Where the end of the connection would be taken for the end of the body,
   * only a reset tells.
   */
  private void cut() {
    if (over) {
      return;
    }
    finish();
    if (unframed) {
      LingeringClose.reset(
          client,
          held.linger(),
          reset -> client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> reset.run()));
    } else {
      LingeringClose.say(client, clientSide, Unpooled.EMPTY_BUFFER, held.account(), held.linger());
    }
  }

  private void finish() {
    over = true;
    pause.cancel(false);
    end.cancel(false);
    upstream.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    cut();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    held.broken(cause);
    cut();
  }

  /** Takes what the client sends for nothing, and sees how much it takes. */
  private final class ClientSide extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ReferenceCountUtil.release(msg);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      upstream.config().setAutoRead(client.isWritable());
      held.account().resize(LingeringClose.kept(client));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (!over) {
        finish();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      held.broken(cause);
      ctx.close();
    }
  }
}
