package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.dormouse.core.Endpoint;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A question to a workload that hung up on a client: whether it answers anybody. It is an ordinary
 * request that has nothing of any client, so that what a server has against one client is not taken
 * for its own trouble. Confined to one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class Inquiry extends ChannelInboundHandlerAdapter {
  /** Who neither answers nor hangs up by then may wait for more of a request. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Endpoint endpoint;
  private final Runnable over;
  private final List<Consumer<Finding>> asking = new ArrayList<>();
  private boolean found;

  /** What came of it. */
  enum Finding {
    /** It sent something. */
    ANSWERS,
    /** It accepted the connection, if at all, and closed it without a byte. */
    HANGS_UP,
    /** Neither. */
    SILENT
  }

  Inquiry(Endpoint endpoint, Runnable over) {
    this.endpoint = endpoint;
    this.over = over;
  }

  /** Tells this one as well. */
  void tell(Consumer<Finding> listener) {
    asking.add(listener);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    String request =
        ("GET / HTTP/1.1\r\nHost: " + endpoint)
            .concat("\r\nUser-Agent: dormouse\r\nConnection: close\r\n\r\n");
    ctx.writeAndFlush(Unpooled.copiedBuffer(request, US_ASCII), ctx.voidPromise());
    ctx.executor()
        .schedule(
            () -> {
              found(Finding.SILENT);
              ctx.close();
            },
            PATIENCE.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ReferenceCountUtil.release(msg);
    found(Finding.ANSWERS);
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    found(Finding.HANGS_UP);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // a reset is a way to hang up
  }

  /** The first finding holds. */
  void found(Finding finding) {
    if (!found) {
      found = true;
      over.run();
      asking.forEach(it -> it.accept(finding));
    }
  }
}
