package dev.dormouse.activator;

import dev.dormouse.budget.Account;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.intake.Costs;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends a client its last answer and waits for it to hang up. To close at once, with input unread,
 * would make the kernel send a reset that can overtake the answer.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class LingeringClose extends ChannelInboundHandlerAdapter {
  private final Future<?> deadline;

  private LingeringClose(Future<?> deadline) {
    this.deadline = deadline;
  }

  /** Replaces the channel's handler; takes ownership of the answer. */
  static void say(
      Channel channel, ChannelHandler before, ByteBuf answer, Account account, Duration patience) {
    long bytes = kept(channel) + answer.readableBytes();
    if (!channel.isActive() || !account.renew(Kind.ANSWER, bytes, () -> Activator.close(channel))) {
      answer.release();
      return;
    }
    var deadline =
        channel
            .eventLoop()
            .schedule(() -> channel.close(), patience.toNanos(), TimeUnit.NANOSECONDS);
    channel.pipeline().replace(before, null, new LingeringClose(deadline));
    channel.config().setAutoRead(true);
    channel
        .writeAndFlush(answer)
        .addListener(
            sent -> {
              if (sent.isSuccess()) {
                ((DuplexChannel) channel).shutdownOutput();
              } else {
                channel.close();
              }
            });
  }

  /**
   * Ends an answer that is not whole, of which the end of the connection would be taken for the
   * end: only a reset tells.
   *
   * @param behindWrites does something behind all that has been written
   */
  static void reset(Channel channel, Duration patience, Consumer<Runnable> behindWrites) {
    Runnable reset =
        () -> {
          if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.close();
          }
        };
    behindWrites.accept(reset);
    channel.eventLoop().schedule(reset, patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** What a connection takes that has nothing before it but to take its answer. */
  static long kept(Channel channel) {
    var pending = channel.unsafe().outboundBuffer();
    return Costs.CONNECTION + (pending == null ? 0 : pending.totalPendingWriteBytes());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ReferenceCountUtil.release(msg);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deadline.cancel(false);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
