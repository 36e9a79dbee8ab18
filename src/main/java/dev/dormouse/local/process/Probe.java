package dev.dormouse.local.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.dormouse.core.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Asks a listener whether it is ready: by a connect, or by a GET that must be answered with 2xx.
 * Never blocks: each poll takes it one step further. Control thread only.
 */
public final class Probe {
  /** Between two requests: each of them is a line in the log of the application. */
  private static final Duration REQUEST_INTERVAL = Duration.ofMillis(100);

  /** An unanswered request is given up after this. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  /** {@code HTTP/1.1 2xx}, RFC 9112 section 4: all that is read of an answer. */
  private static final int STATUS_BYTES = "HTTP/1.1 200".length();

  private final SocketAddress address;
  private final Optional<byte[]> request;
  private final boolean anyAnswer;
  private final ByteBuffer answer = ByteBuffer.allocate(STATUS_BYTES);
  private Optional<SocketChannel> connection = Optional.empty();
  private boolean sent;
  private Instant begun = Instant.MIN;

  /** Connects to this address, and asks for the path if one is given. */
  public Probe(Endpoint endpoint, Optional<String> path) {
    this(endpoint, path, false);
  }

  private Probe(Endpoint endpoint, Optional<String> path, boolean anyAnswer) {
    this.anyAnswer = anyAnswer;
    this.address =
        endpoint.isSocket()
            ? UnixDomainSocketAddress.of(endpoint.host())
            : new InetSocketAddress(endpoint.host(), endpoint.port());
    this.request =
        path.map(
            p ->
                ("GET "
                        + p
                        + " HTTP/1.1\r\nHost: "
                        + (endpoint.isSocket() ? "localhost" : endpoint))
                    .concat("\r\nUser-Agent: dormouse\r\nConnection: close\r\n\r\n")
                    .getBytes(US_ASCII));
  }

  /** A question to which any answer will do, even that it hangs up. */
  public static Probe forAnyAnswer(Endpoint endpoint, String path) {
    return new Probe(endpoint, Optional.of(path), true);
  }

  /** True once it has answered. */
  public boolean poll(Instant now) {
    try {
      if (connection.isEmpty()) {
        if (request.isPresent() && now.isBefore(begun.plus(REQUEST_INTERVAL))) {
          return false;
        }
        begin(now);
      }
      boolean ready = connection.isPresent() && advance(connection.get());
      if (ready || now.isAfter(begun.plus(REQUEST_TIMEOUT))) {
        close();
      }
      return ready;
    } catch (IOException e) {
      boolean hungUp = anyAnswer && sent;
      close();
      return hungUp;
    }
  }

  /** Has the classes loaded that the first one needs: two milliseconds of a first start. */
  public static void prepare() {
    try {
      SocketChannel.open().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether somebody accepts connections there. */
  public static boolean isAccepting(Endpoint endpoint) {
    var probe = new Probe(endpoint, Optional.empty());
    boolean accepting = probe.poll(Instant.EPOCH);
    probe.close();
    return accepting;
  }

  /** Gives up the request under way, if any. */
  public void close() {
    try {
      if (connection.isPresent()) {
        connection.get().close();
      }
    } catch (IOException e) {
      // It was only a question.
    }
    connection = Optional.empty();
  }

  private void begin(Instant now) throws IOException {
    begun = now;
    sent = false;
    answer.clear();
    SocketChannel opened =
        address instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    connection = Optional.of(opened);
    opened.configureBlocking(false);
    opened.connect(address);
  }

  private boolean advance(SocketChannel channel) throws IOException {
    if (!channel.finishConnect()) {
      return false;
    }
    if (channel.getLocalAddress().equals(address)) {
      // Where nobody listens, a port of the ephemeral range can be connected to itself (RFC 9293,
      // 3.5: simultaneous open). A reset leaves no TIME-WAIT that would keep the port taken.
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      close();
      return false;
    }
    if (request.isEmpty()) {
      return true;
    }
    if (!sent) {
      // A few dozen bytes always fit into an empty send buffer.
      sent = channel.write(ByteBuffer.wrap(request.get())) > 0;
    }
    boolean ended = channel.read(answer) < 0;
    if (anyAnswer && (ended || answer.position() > 0)) {
      return true;
    }
    if (!answer.hasRemaining()) {
      if (answer.get(STATUS_BYTES - 3) == '2') {
        return true;
      }
      close();
    } else if (ended) {
      close();
    }
    return false;
  }
}
