package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Answers every request on a unix socket, as Fly's API does for its own Machine, and keeps it. */
final class FakeMachinesApi implements AutoCloseable {
  private final Path socket;
  private final ServerSocketChannel server;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> arrivals = new LinkedBlockingQueue<>();

  FakeMachinesApi(Path socket, int status) throws IOException {
    this.socket = socket;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(() -> serve(status));
  }

  Path socket() {
    return socket;
  }

  List<String> requests() {
    return List.copyOf(requests);
  }

  /** The next request. */
  String await() throws InterruptedException {
    String request = arrivals.poll(20, TimeUnit.SECONDS);
    return request == null ? fail("nothing was asked of the API") : request;
  }

  private void serve(int status) {
    while (server.isOpen()) {
      try (SocketChannel client = server.accept()) {
        String request = head(client);
        String body = "because it is a test";
        String answer =
            "HTTP/1.1 " + status + " Told\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
        requests.add(request);
        arrivals.add(request);
      } catch (IOException e) {
        requests.add("(ended: " + e + ")");
        return;
      }
    }
  }

  private static String head(SocketChannel client) throws IOException {
    var text = new StringBuilder();
    var buffer = ByteBuffer.allocate(4096);
    while (text.indexOf("\r\n\r\n") < 0 && client.read(buffer.clear()) >= 0) {
      text.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
    }
    return text.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
