package dev.dormouse.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lines into a pipe that holds 64 KB and then blocks. */
class OutletTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String LINE = "x".repeat(93);

  private Pipe pipe;
  private Outlet outlet;

  @BeforeEach
  void open() throws IOException {
    pipe = Pipe.open();
    outlet = new Outlet(pipe.sink(), count -> "dropped " + count + "\n");
  }

  @AfterEach
  void close() throws IOException {
    pipe.source().close();
    pipe.sink().close();
  }

  @Test
  void linesComeInOrder() throws IOException {
    for (int i = 0; i < 100; i++) {
      outlet.add(i + "\n");
    }
    assertThat(outlet.flush(LONG)).isTrue();
    assertThat(outlet.dropped()).isZero();
    assertThat(rest().subList(0, 2)).containsExactly("0", "1");
  }

  @Test
  void whileNobodyReadsItKeepsWhatItMayAndTellsHowManyLinesItDropped() throws IOException {
    int lines = 20_000;
    for (int i = 0; i < lines; i++) {
      outlet.add(numbered(i) + "\n");
    }
    long dropped = outlet.dropped();
    assertThat(dropped).isGreaterThan(lines / 2);
    assertThat(outlet.flush(Duration.ofMillis(1))).isFalse();

    List<String> read = readUntil("dropped ");
    assertThat(read.getLast()).isEqualTo("dropped " + dropped);
    assertThat(read.size() - 1).isEqualTo((int) (lines - dropped));
    assertThat(read.subList(0, read.size() - 1))
        .isSorted()
        .doesNotHaveDuplicates()
        .allMatch(line -> line.matches("\\d{6}" + LINE));
    assertThat(read.size() * 100).isLessThan(Outlet.MAX_BYTES + 128 * 1024);
  }

  @Test
  void lesserLinesLeaveRoomForTheOthers() throws IOException {
    for (int i = 0; i < 5000; i++) {
      outlet.addLesser(LINE + "\n");
    }
    long dropped = outlet.dropped();
    assertThat(dropped).isPositive();
    for (int i = 0; i < 100; i++) {
      outlet.add("own " + i + "\n");
    }
    assertThat(outlet.dropped()).isEqualTo(dropped);
    assertThat(readUntil("own 99")).contains("own 0", "own 98");
  }

  @Test
  void whatIsToldIsInPlaceOnceItFlowsAgain() throws IOException {
    for (int i = 0; i < 5000; i++) {
      outlet.add(LINE + "\n");
    }
    readUntil("dropped ");
    outlet.add("after\n");
    assertThat(readUntil("after")).containsExactly("after");
  }

  @Test
  void aLineThatIsLargerThanEverythingPassesWhenThereIsRoom() throws IOException {
    String large = "y".repeat(2 * Outlet.MAX_BYTES);
    outlet.add(large + "\n");
    assertThat(readUntil("y")).containsExactly(large);
    assertThat(outlet.dropped()).isZero();
  }

  @Test
  void whatDoesNotBlockIsTriedAgainAndNoLineIsTorn() throws IOException {
    pipe.sink().configureBlocking(false);
    String large = "z".repeat(100_000);
    outlet.add(large + "\n");
    outlet.add("end\n");
    assertThat(readUntil("end")).containsExactly(large, "end");
    assertThat(outlet.dropped()).isZero();
  }

  @Test
  void aLineThatBrokeOffIsEndedBeforeTheNextOne() throws IOException {
    var sink = new Full(10);
    var full = new Outlet(sink, count -> "dropped " + count + "\n");
    full.add("0123456789abcdef\n");
    assertThat(full.flush(LONG)).isTrue();
    sink.room.set(1000);
    full.add("next\n");
    assertThat(full.flush(LONG)).isTrue();
    assertThat(sink.text()).isEqualTo("0123456789\ndropped 1\nnext\n");
    assertThat(full.dropped()).isEqualTo(1);
  }

  @Test
  void whatIsPrintedTakesTheSameWayByTheLine() throws IOException {
    var stream = outlet.stream();
    stream.print("on");
    stream.print("e\ntw");
    outlet.add("own\n");
    stream.println("o");
    stream.println(3 + " é");
    assertThat(readUntil("3")).containsExactly("one", "own", "two", "3 é");
  }

  private static String numbered(int i) {
    return 100_000 + i + LINE;
  }

  private List<String> rest() throws IOException {
    pipe.sink().close();
    return reader().lines().toList();
  }

  /** All lines up to the first that begins so. */
  private List<String> readUntil(String start) throws IOException {
    var read = new ArrayList<String>();
    BufferedReader lines = reader();
    do {
      read.add(lines.readLine());
    } while (!read.getLast().startsWith(start));
    return read;
  }

  private BufferedReader reader() {
    return new BufferedReader(new InputStreamReader(Channels.newInputStream(pipe.source()), UTF_8));
  }

  /** A disk with so much room. */
  private static final class Full implements WritableByteChannel {
    private final AtomicInteger room;
    private final ByteBuffer taken = ByteBuffer.allocate(2000);

    Full(int room) {
      this.room = new AtomicInteger(room);
    }

    @Override
    public synchronized int write(ByteBuffer source) throws IOException {
      int count = Math.min(source.remaining(), room.get());
      if (count == 0) {
        throw new IOException("No space left on device");
      }
      room.addAndGet(-count);
      taken.put(source.slice(source.position(), count));
      source.position(source.position() + count);
      return count;
    }

    synchronized String text() {
      return new String(taken.array(), 0, taken.position(), UTF_8);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
