package dev.dormouse.activator;

import dev.dormouse.core.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A workload whose behaviour is scripted; every connection runs the script on its own thread. */
public final class Upstream implements AutoCloseable {
  /** What happens on one connection. */
  public interface Script {
    void play(Wire wire) throws IOException;
  }

  final AtomicInteger accepted = new AtomicInteger();
  final BlockingQueue<Wire> wires = new LinkedBlockingQueue<>();
  private final ServerSocket listener;

  private Upstream(ServerSocket listener, Script script) {
    this.listener = listener;
    Thread.ofVirtual().start(() -> accept(script));
  }

  public static Upstream playing(Script script) throws IOException {
    return playing(0, script);
  }

  public static Upstream playing(int port, Script script) throws IOException {
    var listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
    return new Upstream(listener, script);
  }

  /** Accepts every upgrade and leaves the rest to the test, which takes the wires. */
  static Upstream accepting() throws IOException {
    return playing(Upstream::accept);
  }

  static void accept(Wire wire) throws IOException {
    wire.head();
    wire.send(switching());
  }

  public static String switching(String... moreHeaders) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: "
        + Wire.ACCEPT
        + "\r\n"
        + String.join("\r\n", moreHeaders)
        + (moreHeaders.length > 0 ? "\r\n" : "")
        + "\r\n";
  }

  public Endpoint endpoint() {
    return new Endpoint("127.0.0.1", listener.getLocalPort());
  }

  /** The next connection whose script has been played. */
  public Wire wire() throws InterruptedException {
    Wire wire = wires.poll(10, TimeUnit.SECONDS);
    if (wire == null) {
      throw new AssertionError("nobody came");
    }
    return wire;
  }

  private void accept(Script script) {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        Thread.ofVirtual().start(() -> play(script, socket));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void play(Script script, Socket socket) {
    try {
      Wire wire = Wire.of(socket);
      script.play(wire);
      wires.add(wire);
    } catch (IOException _) {
      // The client has hung up: what the test sees of that is asserted there.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Wire wire : wires) {
      wire.close();
    }
  }
}
