package dev.dormouse.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP relay that can be cut: then it closes what it has, and hangs up on whoever comes. */
final class PausableWire implements AutoCloseable {
  private final ServerSocket listener;
  private final String host;
  private final int toPort;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  PausableWire(String host, int toPort) throws IOException {
    this.host = host;
    this.toPort = toPort;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  void cut() {
    cut = true;
    sockets.forEach(PausableWire::hangUp);
  }

  void mend() {
    cut = false;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        if (cut) {
          hangUp(near);
        } else {
          join(near, new Socket(host, toPort));
        }
      } catch (IOException e) {
        // Closed, or nobody there: the next one will tell.
      }
    }
  }

  private void join(Socket near, Socket far) {
    sockets.add(near);
    sockets.add(far);
    Thread.ofVirtual().start(() -> relay(near, far));
    Thread.ofVirtual().start(() -> relay(far, near));
  }

  private void relay(Socket from, Socket to) {
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      in.transferTo(out);
    } catch (IOException e) {
      // One side has hung up: so does the other.
    } finally {
      hangUp(from);
      hangUp(to);
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void hangUp(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
