package dev.dormouse.local.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The TCP sockets of /proc/net/tcp or tcp6. The listening ones come first there (tcp_seq_start in
 * the kernel), so that to find them thousands of others cost nothing; but to find the first of the
 * others, after the last listener, the kernel walks its whole hash table: milliseconds on a large
 * machine.
 */
public final class TcpTable {
  /** A line of /proc/net/tcp: TMPSZ in net/ipv4/tcp_ipv4.c. */
  private static final int LINE_BYTES = 150;

  /** Of a listening socket, in the column {@code st}. */
  private static final String LISTEN = "0A";

  /** Of one over which bytes go in both directions. */
  private static final String ESTABLISHED = "01";

  private TcpTable() {}

  /** A listening TCP socket. */
  public record Listener(InetAddress address, int port, long inode) {}

  /** One end of an established connection. */
  public record Connection(InetSocketAddress local, InetSocketAddress remote, long inode) {
    /** Whether the other is its other end, on this machine. */
    public boolean isOtherEndOf(Connection other) {
      return local.equals(other.remote) && remote.equals(other.local);
    }
  }

  /**
   * Looks at one after the other until one is enough, and reads no further.
   *
   * @return whether one was enough; a kernel without that address family has no such table
   */
  static boolean read(Path table, Predicate<Listener> enough) {
    try (var lines =
        new BufferedReader(
            new InputStreamReader(new LineByLine(Files.newInputStream(table)), ISO_8859_1),
            LINE_BYTES)) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Optional<Listener> listener = listener(new StringTokenizer(line, " :"));
        if (listener.isEmpty()) {
          return false;
        }
        if (enough.test(listener.get())) {
          return true;
        }
      }
      return false;
    } catch (IOException | NoSuchElementException e) {
      return false;
    }
  }

  /** Hands over all established connections: as many lines as there are sockets on the machine. */
  static void connections(Path table, Consumer<Connection> each) {
    try (var lines = Files.newBufferedReader(table, ISO_8859_1)) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        connection(new StringTokenizer(line, " :")).ifPresent(each);
      }
    } catch (IOException | NoSuchElementException e) {
      // Without that address family there is no such table.
    }
  }

  private static Optional<Connection> connection(StringTokenizer columns) throws IOException {
    skip(columns, 1);
    String local = columns.nextToken();
    String localPort = columns.nextToken();
    String remote = columns.nextToken();
    String remotePort = columns.nextToken();
    if (!columns.nextToken().equals(ESTABLISHED)) {
      return Optional.empty();
    }
    skip(columns, 7);
    return Optional.of(
        new Connection(
            new InetSocketAddress(address(local), Integer.parseInt(localPort, 16)),
            new InetSocketAddress(address(remote), Integer.parseInt(remotePort, 16)),
            Long.parseLong(columns.nextToken())));
  }

  /**
   * {@code sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode}, the addresses
   * with a port; empty for any other than a listening socket.
   */
  private static Optional<Listener> listener(StringTokenizer columns) throws IOException {
    skip(columns, 1);
    String address = columns.nextToken();
    int port = Integer.parseInt(columns.nextToken(), 16);
    skip(columns, 2);
    if (!columns.nextToken().equals(LISTEN)) {
      return Optional.empty();
    }
    skip(columns, 7);
    return Optional.of(new Listener(address(address), port, Long.parseLong(columns.nextToken())));
  }

  private static void skip(StringTokenizer columns, int count) {
    for (int i = 0; i < count; i++) {
      columns.nextToken();
    }
  }

  /** The kernel prints each 32 bits of the address as a number in its own byte order. */
  private static InetAddress address(String hex) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(hex.length() / 2).order(ByteOrder.nativeOrder());
    for (int i = 0; i < hex.length(); i += 8) {
      bytes.putInt(Integer.parseUnsignedInt(hex, i, i + 8, 16));
    }
    return InetAddress.getByAddress(bytes.array());
  }

  /** Asks for pieces of a line: the kernel fills what it is given (seq_read_iter). */
  private static final class LineByLine extends FilterInputStream {
    LineByLine(InputStream table) {
      super(table);
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      return super.read(target, from, Math.min(length, LINE_BYTES));
    }
  }
}
