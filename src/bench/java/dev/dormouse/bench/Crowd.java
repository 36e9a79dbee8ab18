package dev.dormouse.bench;

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

/** Many WebSocket clients on one thread. */
final class Crowd {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final long OPEN_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Selector selector = Selector.open();
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final List<Client> clients = new ArrayList<>();
  private final InetSocketAddress address;
  private final ByteBuffer upgrade;
  private Histogram times = new Histogram();
  private ByteBuffer message = FrameCodec.message(0);
  private int answerBytes;
  private int wanted;
  private int started;
  private int opened;
  private int failed;

  private enum Phase {
    CONNECTING,
    UPGRADING,
    OPEN
  }

  private static final class Client {
    private final SocketChannel channel;
    private Phase phase = Phase.CONNECTING;
    private long since = System.nanoTime();
    private int got;
    private ByteBuffer unsent = ByteBuffer.allocate(0);

    Client(SocketChannel channel) {
      this.channel = channel;
    }
  }

  Crowd(int port) throws IOException {
    address = new InetSocketAddress("127.0.0.1", port);
    upgrade = FrameCodec.upgrade(port);
  }

  /** Opens so many, so many of them at once. */
  String open(int count, int parallel) throws IOException {
    wanted = count;
    long begin = System.nanoTime();
    for (int i = 0; i < Math.min(count, parallel); i++) {
      connect();
    }
    while (opened + failed < wanted && System.nanoTime() - begin < OPEN_LIMIT_NANOS) {
      selector.select(this::handle, 1000);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    return "seconds=%.4f opened=%d failed=%d %s"
        .formatted(seconds, opened, wanted - opened, times.summary());
  }

  private void connect() throws IOException {
    started++;
    var channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    var client = new Client(channel);
    clients.add(client);
    boolean connected = channel.connect(address);
    channel.register(selector, connected ? 0 : SelectionKey.OP_CONNECT, client);
    if (connected) {
      upgrade(client, channel.keyFor(selector));
    }
  }

  private void upgrade(Client client, SelectionKey key) throws IOException {
    client.phase = Phase.UPGRADING;
    client.channel.write(upgrade.duplicate());
    key.interestOps(SelectionKey.OP_READ);
  }

  /** Each sends a message, awaits its echo, and sends the next. */
  String echo(int size, int warmMillis, int millis) throws IOException {
    message = FrameCodec.message(size);
    answerBytes = FrameCodec.headerBytes(size) + size;
    if (opened < wanted) {
      throw new IOException("only " + opened + " of " + wanted + " sockets are open");
    }
    for (Client client : clients) {
      client.got = 0;
      send(client, message.duplicate());
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

  /** Answers PINGs until the input ends. */
  void hold() throws IOException {
    while (System.in.available() == 0) {
      selector.select(this::handle, 50);
    }
  }

  /** By a reset: no port stays in TIME_WAIT. */
  void close() throws IOException {
    for (Client client : clients) {
      client.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      client.channel.close();
    }
  }

  private void handle(SelectionKey key) {
    var client = (Client) key.attachment();
    try {
      if (client.phase == Phase.CONNECTING) {
        client.channel.finishConnect();
        upgrade(client, key);
      } else if (key.isWritable()) {
        key.interestOps(SelectionKey.OP_READ);
        send(client, client.unsent);
      } else {
        read(client);
      }
    } catch (IOException e) {
      fail(client);
    }
  }

  private void read(Client client) throws IOException {
    int count = client.channel.read(in.clear());
    if (count < 0) {
      throw new IOException("closed");
    }
    if (client.phase == Phase.UPGRADING) {
      readHead(client);
    } else if (answerBytes == 0) {
      answerPing(client, count);
    } else {
      client.got += count;
      if (client.got >= answerBytes) {
        client.got -= answerBytes;
        times.add(System.nanoTime() - client.since);
        client.since = System.nanoTime();
        send(client, message.duplicate());
      }
    }
  }

  private void readHead(Client client) throws IOException {
    byte[] head = new byte[in.flip().remaining()];
    in.get(head);
    String text = new String(head, java.nio.charset.StandardCharsets.ISO_8859_1);
    if (!text.startsWith("HTTP/1.1 101")) {
      throw new IOException(text);
    }
    client.phase = Phase.OPEN;
    times.add(System.nanoTime() - client.since);
    opened++;
    next();
  }

  /** Of a proxy: nothing else comes unasked. */
  private void answerPing(Client client, int count) throws IOException {
    in.flip();
    if (count > 2 && (in.get() & 0xF) == 9) {
      byte[] payload = new byte[in.get() & 0x7F];
      in.get(payload);
      client.channel.write(FrameCodec.pong(payload));
    }
  }

  private void send(Client client, ByteBuffer bytes) throws IOException {
    client.since = bytes == client.unsent ? client.since : System.nanoTime();
    client.channel.write(bytes);
    if (bytes.hasRemaining()) {
      client.unsent = bytes;
      client.channel.keyFor(selector).interestOps(SelectionKey.OP_WRITE | SelectionKey.OP_READ);
    }
  }

  private void fail(Client client) {
    try {
      client.channel.close();
      if (client.phase != Phase.OPEN) {
        failed++;
        next();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void next() throws IOException {
    if (started < wanted) {
      connect();
    }
  }
}
