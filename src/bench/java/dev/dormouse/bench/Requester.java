package dev.dormouse.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Many HTTP clients on one thread, each with one connection and one request under way. */
final class Requester {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final Selector selector = Selector.open();
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final List<Client> clients = new ArrayList<>();
  private final ByteBuffer request;
  private final int size;
  private Histogram times = new Histogram();

  private static final class Client {
    private final SocketChannel channel;
    private final StringBuilder head = new StringBuilder();
    private long since;

    /** Of the body that is under way; negative before it. */
    private int left = -1;

    Client(SocketChannel channel) {
      this.channel = channel;
    }
  }

  /** Clients that ask for bodies of this size. */
  Requester(int port, int count, int size) throws IOException {
    this.size = size;
    String head = "GET " + FrameCodec.PATH + "?" + size + " HTTP/1.1\r\nHost: 127.0.0.1:" + port;
    request = ByteBuffer.wrap((head + "\r\nAccept: */*\r\n\r\n").getBytes(ISO_8859_1));
    for (int i = 0; i < count; i++) {
      var channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      var client = new Client(channel);
      channel.register(selector, SelectionKey.OP_READ, client);
      clients.add(client);
    }
  }

  /** Each sends a request, awaits its answer, and sends the next. */
  String ask(int warmMillis, int millis) throws IOException {
    for (Client client : clients) {
      send(client);
    }
    run(warmMillis);
    long warm = times.total();
    times = new Histogram();
    long begin = System.nanoTime();
    run(millis);
    double seconds = (System.nanoTime() - begin) / 1e9;
    return "rate=%.0f all=%d seconds=%.3f %s"
        .formatted(times.total() / seconds, warm + times.total(), seconds, times.summary());
  }

  private void run(int millis) throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      selector.select(this::handle, 100);
    }
  }

  /** By a reset: no port stays in TIME_WAIT. */
  void close() throws IOException {
    for (Client client : clients) {
      client.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      client.channel.close();
    }
  }

  private void send(Client client) throws IOException {
    client.since = System.nanoTime();
    client.channel.write(request.duplicate());
  }

  private void handle(SelectionKey key) {
    var client = (Client) key.attachment();
    try {
      if (client.channel.read(in.clear()) < 0) {
        throw new IOException("closed");
      }
      in.flip();
      if (client.left < 0) {
        readHead(client);
      }
      if (client.left >= 0) {
        client.left -= in.remaining();
      }
      if (client.left == 0) {
        client.left = -1;
        times.add(System.nanoTime() - client.since);
        send(client);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void readHead(Client client) {
    while (in.hasRemaining() && client.left < 0) {
      char next = (char) in.get();
      client.head.append(next);
      int length = client.head.length();
      if (next == '\n' && length > 3 && client.head.charAt(length - 3) == '\n') {
        if (!client.head.toString().startsWith("HTTP/1.1 200 ")) {
          throw new IllegalStateException(client.head.toString());
        }
        client.head.setLength(0);
        client.left = size;
      }
    }
  }
}
