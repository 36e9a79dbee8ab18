package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Real and hostile input, one file each, and damaged copies of it. */
final class Corpus {
  private static final Path RESOURCES = Path.of("src/test/resources/dev/dormouse/activator");
  private static final int MAX_DAMAGES = 3;

  private Corpus() {}

  /** Heads of clients, and of those who would not be understood in only one way. */
  static List<byte[]> heads() throws IOException {
    List<byte[]> all = new ArrayList<>();
    for (byte[] text : files("heads")) {
      all.add(new String(text, ISO_8859_1).replace("\n", "\r\n").getBytes(ISO_8859_1));
    }
    all.addAll(files("fuzz/heads"));
    return all;
  }

  /** Frames of one direction. */
  static List<byte[]> frames() throws IOException {
    return files("fuzz/frames");
  }

  private static List<byte[]> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(RESOURCES.resolve(folder))) {
      List<byte[]> all = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        all.add(Files.readAllBytes(file));
      }
      return all;
    }
  }

  /** One of them with bits turned, and pieces removed, doubled or taken from another. */
  static byte[] damaged(List<byte[]> corpus, Random random) {
    byte[] bytes = any(corpus, random).clone();
    for (int n = random.nextInt(MAX_DAMAGES); n >= 0; n--) {
      int at = random.nextInt(bytes.length + 1);
      int to = Math.min(bytes.length, at + random.nextInt(20));
      switch (random.nextInt(4)) {
        case 0 -> turn(bytes, at, random);
        case 1 -> bytes = join(bytes, at, new byte[0], to);
        case 2 -> bytes = join(bytes, at, Arrays.copyOfRange(bytes, at, to), at);
        case 3 -> {
          byte[] other = any(corpus, random);
          int from = random.nextInt(other.length + 1);
          bytes = join(bytes, at, Arrays.copyOfRange(other, from, other.length), to);
        }
        default -> throw new AssertionError();
      }
    }
    return bytes;
  }

  private static byte[] any(List<byte[]> corpus, Random random) {
    return corpus.get(random.nextInt(corpus.size()));
  }

  private static void turn(byte[] bytes, int at, Random random) {
    if (at < bytes.length) {
      bytes[at] ^= (byte) (1 << random.nextInt(8));
    }
  }

  private static byte[] join(byte[] bytes, int until, byte[] middle, int from) {
    byte[] joined = Arrays.copyOf(bytes, until + middle.length + bytes.length - from);
    System.arraycopy(middle, 0, joined, until, middle.length);
    System.arraycopy(bytes, from, joined, until + middle.length, bytes.length - from);
    return joined;
  }
}
