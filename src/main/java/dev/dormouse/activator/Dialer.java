package dev.dormouse.activator;

import dev.dormouse.core.Endpoint;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * Dials addresses until they accept. While one refuses, a single caller at a time tries it, every
 * few milliseconds: a crowd of waiting clients costs a booting workload no more than one. The first
 * success releases the others. One per event loop, and confined to it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class Dialer {
  /**
   * An address that refuses for so long is told to be left: longer than a server is away that a
   * supervisor starts again, and short enough to start another within a client's hold.
   */
  static final Duration LEFT_AFTER = Duration.ofSeconds(3);

  /** A lost SYN is sent again by dialing again. */
  private static final int CONNECT_TIMEOUT_MILLIS = 1000;

  /** Any of those for which there is a socket at hand. */
  private static final Endpoint ANY_PORT = new Endpoint("127.0.0.1", 0);

  private final EventLoop loop;
  private final Bootstrap upstream;
  private final Bootstrap local;
  final IdleUpstreams idle = new IdleUpstreams();
  private final Map<Endpoint, Crowd> refusing = new HashMap<>();
  private final Map<Endpoint, Inquiry> inquiries = new HashMap<>();

  /** For the next dial: a socket made, and registered with the event loop. */
  private @Nullable ChannelFuture spare;

  /** A dialer on this event loop, which is one of these. */
  Dialer(EventLoop loop, LoopResources loops, ReadBuffer readBuffer) {
    this.loop = loop;
    this.upstream =
        bootstrap(readBuffer)
            // Not by its class: that would be a reflective call for each dial.
            .channelFactory(() -> loops.onChannel(SocketChannel.class, loop))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true);
    this.local =
        bootstrap(readBuffer)
            .channelFactory(() -> loops.onChannel(DomainSocketChannel.class, loop));
  }

  private Bootstrap bootstrap(ReadBuffer readBuffer) {
    return new Bootstrap()
        .group(loop)
        .disableResolver()
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .option(ChannelOption.SO_RCVBUF, Activator.UPSTREAM_RECEIVE_BUFFER_BYTES)
        .option(ChannelOption.SO_SNDBUF, Activator.SEND_BUFFER_BYTES)
        .option(ChannelOption.RECVBUF_ALLOCATOR, readBuffer)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, Activator.WATER_MARK);
  }

  /**
   * Has Netty look up the texts of all errors, 2,048 of them, which it would do while the first
   * connect is under way: two milliseconds, and a collection of what they leave.
   */
  static void prepareErrors(Channel listener) {
    if (listener instanceof UnixChannel) {
      var _ = Errors.newIOException("connect", Errors.ERRNO_EPIPE_NEGATIVE);
    }
  }

  /** Asks the address whether it answers anybody; once at a time, whoever wants to know. */
  void inquire(Endpoint endpoint, Consumer<Inquiry.Finding> listener) {
    Inquiry known = inquiries.get(endpoint);
    if (known != null) {
      known.tell(listener);
      return;
    }
    var inquiry = new Inquiry(endpoint, () -> inquiries.remove(endpoint));
    inquiry.tell(listener);
    inquiries.put(endpoint, inquiry);
    upstream(endpoint)
        .handler(inquiry)
        .connect(address(endpoint))
        .addListener(
            it -> {
              if (!it.isSuccess()) {
                inquiry.found(Inquiry.Finding.HANGS_UP);
              }
            });
  }

  /**
   * Has one socket at hand for the next dial, however many wait for it: to make and register one
   * takes half a millisecond.
   */
  void prepare() {
    if (spare == null || !spare.channel().isOpen()) {
      spare = register(ANY_PORT);
    }
  }

  /** Lets go of what is at hand. Thread-safe. */
  void close() {
    if (!loop.isShuttingDown()) {
      loop.execute(
          () -> {
            if (spare != null) {
              spare.channel().close();
            }
            idle.close();
          });
    }
  }

  private ChannelFuture socket(Endpoint endpoint) {
    ChannelFuture ready = spare;
    spare = null;
    return ready != null && ready.channel().isOpen() ? ready : register(endpoint);
  }

  /** Done at once, on the event loop; failed if there is no file descriptor left. */
  private ChannelFuture register(Endpoint endpoint) {
    return upstream(endpoint).handler(new AnswerDecoder()).register();
  }

  private Bootstrap upstream(Endpoint endpoint) {
    return (endpoint.isSocket() ? local : upstream).clone();
  }

  private static SocketAddress address(Endpoint endpoint) {
    return endpoint.isSocket()
        ? new DomainSocketAddress(endpoint.host())
        : new InetSocketAddress(endpoint.host(), endpoint.port());
  }

  /** Connects the caller as soon as the address accepts, unless it ceases to want that. */
  void dial(Caller caller, Endpoint endpoint) {
    Crowd crowd = refusing.get(endpoint);
    if (crowd != null) {
      crowd.waiting.add(caller);
    } else {
      connect(caller, endpoint);
    }
  }

  private Future<Void> connect(Caller caller, Endpoint endpoint) {
    ChannelFuture socket = endpoint.isSocket() ? register(endpoint) : socket(endpoint);
    Future<Void> connected =
        socket.isSuccess()
            ? connect(socket.channel(), caller, endpoint)
            : loop.newFailedFuture(socket.cause());
    return connected.addListener(f -> dialed(f.isSuccess(), caller, endpoint));
  }

  private static Future<Void> connect(Channel socket, Caller caller, Endpoint endpoint) {
    socket.pipeline().addLast(caller.side(endpoint));
    return socket.connect(address(endpoint)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }

  private void dialed(boolean connected, Caller caller, Endpoint endpoint) {
    if (connected) {
      Crowd crowd = refusing.remove(endpoint);
      if (crowd != null) {
        crowd.waiting.stream()
            .filter(u -> u.stillWants(endpoint))
            .forEach(u -> connect(u, endpoint));
      }
    } else {
      refusing.computeIfAbsent(endpoint, to -> new Crowd(to, caller)).waiting.add(caller);
    }
  }

  /** Those who wait for one address; starts to retry when it is made. */
  private final class Crowd {
    private final Endpoint endpoint;
    private final Duration redial;
    private final Queue<Caller> waiting = new ArrayDeque<>();

    /** When it is told, again, that nobody is there. */
    private Instant toBeTold;

    Crowd(Endpoint endpoint, Caller first) {
      this.endpoint = endpoint;
      this.redial = first.redial();
      this.toBeTold = first.now().plus(LEFT_AFTER);
      retryLater();
    }

    private void retryLater() {
      loop.schedule(this::retry, redial.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void tell(Caller next) {
      Instant now = next.now();
      if (!now.isBefore(toBeTold)) {
        toBeTold = now.plus(LEFT_AFTER);
        next.unreachable(endpoint);
      }
    }

    private boolean isDissolved() {
      return refusing.get(endpoint) != this;
    }

    private void retry() {
      if (isDissolved()) {
        return;
      }
      Caller next = waiting.poll();
      while (next != null && !next.stillWants(endpoint)) {
        next = waiting.poll();
      }
      if (next != null) {
        tell(next);
        connect(next, endpoint).addListener(_ -> retryLater());
      } else {
        refusing.remove(endpoint);
      }
    }
  }
}
