package dev.dormouse.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Stream;

/**
 * So many hostile clients at a time, from several addresses of this machine: whoever is thrown out
 * comes again, a bounded number a second. Runs on a thread of its own until it is closed.
 */
final class Horde implements Closeable {
  private static final int NEW_A_SECOND = 2_000;
  private static final int ADDRESSES = 8;

  private final List<Kind> kinds;
  private final int size;
  private final InetSocketAddress listen;
  private final InetSocketAddress admin;
  private final Selector selector = Selector.open();
  private final Map<Kind, byte[]> first = new EnumMap<>(Kind.class);
  private final Map<Kind, byte[]> then = new EnumMap<>(Kind.class);
  private final List<Client> clients = new ArrayList<>();
  private final Queue<Client> absent = new ArrayDeque<>();
  private final ByteBuffer waste = ByteBuffer.allocateDirect(64 * 1024);
  private final Thread thread = new Thread(this::run, "horde");
  private volatile boolean over;
  private volatile long came;

  Horde(List<Kind> kinds, int size, InetSocketAddress listen, InetSocketAddress admin)
      throws IOException {
    this.kinds = kinds;
    this.size = size;
    this.listen = listen;
    this.admin = admin;
    for (Kind kind : kinds) {
      first.put(kind, kind.first.getBytes(ISO_8859_1));
      then.put(kind, (kind.then == null ? "" : kind.then).getBytes(ISO_8859_1));
    }
    thread.start();
  }

  /** How many connects there were. */
  long came() {
    return came;
  }

  private static final class Client {
    final Kind kind;
    final int number;
    SocketChannel channel;
    SelectionKey key;
    ByteBuffer out = ByteBuffer.allocate(0);
    boolean connected;

    Client(Kind kind, int number) {
      this.kind = kind;
      this.number = number;
    }
  }

  /** Of no privilege, if everybody else has one; see chrt(1). */
  private static void stepBack() {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path it : threads.toList()) {
        if (Files.readString(it.resolve("comm")).strip().equals("horde")) {
          new ProcessBuilder("chrt", "-o", "-p", "0", it.getFileName().toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
        }
      }
    } catch (IOException e) {
      // Then as everybody.
    }
  }

  private void run() {
    stepBack();
    for (int i = 0; i < size; i++) {
      var client = new Client(kinds.get(i % kinds.size()), i);
      clients.add(client);
      absent.add(client);
    }
    long start = System.nanoTime();
    long begun = start;
    long next = 0;
    try {
      while (!over) {
        long millis = (System.nanoTime() - start) / 1_000_000;
        while (!absent.isEmpty() && came < millis * NEW_A_SECOND / 1000) {
          come(absent.remove());
        }
        if (absent.isEmpty()) { // whoever is thrown out later has no time to make up for
          start = System.nanoTime() - came * 1_000_000_000L / NEW_A_SECOND;
        }
        selector.select(this::ready, 5);
        long due = (System.nanoTime() - begun) * size / 1_000_000_000; // all of them in a second
        for (; next < due; next++) {
          nudge(clients.get((int) (next % size)));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void come(Client client) {
    came++;
    try {
      var channel = SocketChannel.open();
      client.channel = channel;
      client.connected = false;
      channel.configureBlocking(false);
      if (client.kind == Kind.SLOW_READER || client.kind.isOfAdmin()) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      }
      channel.bind(new InetSocketAddress("127.0.0." + (10 + client.number % ADDRESSES), 0));
      channel.connect(client.kind.isOfAdmin() ? admin : listen);
      client.key = channel.register(selector, SelectionKey.OP_CONNECT, client);
    } catch (IOException e) {
      leave(client);
    }
  }

  private void ready(SelectionKey key) {
    var client = (Client) key.attachment();
    try {
      if (!client.connected && client.channel.finishConnect()) {
        client.connected = true;
        client.out = ByteBuffer.wrap(first.get(client.kind));
      }
      if (key.isReadable()) {
        waste.clear();
        if (client.channel.read(waste) < 0) {
          leave(client);
          return;
        }
      }
      write(client);
    } catch (IOException e) {
      leave(client);
    }
  }

  private void write(Client client) throws IOException {
    client.channel.write(client.out);
    int write = client.out.hasRemaining() ? SelectionKey.OP_WRITE : 0;
    client.key.interestOps(write | (client.kind.reads ? SelectionKey.OP_READ : 0));
  }

  /** What it says every second; who does not read notices by it that it was thrown out. */
  private void nudge(Client client) {
    if (client.channel == null || !client.connected || client.out.hasRemaining()) {
      return;
    }
    try {
      if (client.kind.then == null) {
        leave(client);
      } else if (client.kind.reads || client.kind.then.length() > 0) {
        client.out = ByteBuffer.wrap(then.get(client.kind));
        write(client);
      } else {
        waste.clear().limit(1); // a FIN or a RST; of an answer, as little as that
        if (client.channel.read(waste) < 0) {
          leave(client);
        }
      }
    } catch (IOException e) {
      leave(client);
    }
  }

  private void leave(Client client) {
    try {
      if (client.channel != null) {
        client.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.channel.close();
      }
    } catch (IOException e) {
      // It is gone.
    }
    client.channel = null;
    absent.add(client);
  }

  @Override
  public void close() throws IOException {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    for (Client client : clients) {
      if (client.channel != null) {
        client.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.channel.close();
      }
    }
    selector.close();
  }
}
