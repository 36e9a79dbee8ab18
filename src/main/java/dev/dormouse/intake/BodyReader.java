package dev.dormouse.intake;

import io.netty.buffer.ByteBuf;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Finds the content in the bytes of a body, and its end (RFC 9112, 6 and 7). Of chunks nothing is
 * taken that two parsers may read in two ways: a line ends with CR LF only, sizes are plain hex
 * digits, and what is told beside them is bounded. Keeps no content.
 */
public final class BodyReader {
  /** A size of more is no size: with one digit more it may overflow where others read it. */
  private static final int MAX_SIZE_DIGITS = 15;

  /** RFC 9112, 7.1.1: bytes of extensions in one body. */
  private static final int MAX_EXTENSIONS = 4096;

  /** Bytes of trailer fields. */
  private static final int MAX_TRAILERS = 8192;

  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  private final Kind kind;
  private final long length;
  private final StringBuilder trailers = new StringBuilder(0);
  private Place place;
  private long left;
  private int digits;
  private int extensions;

  /** What tells where it ends. */
  private enum Kind {
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  /** Where in a body the next byte stands. */
  private enum Place {
    SIZE,
    EXTENSION,
    SIZE_END,
    CONTENT,
    CONTENT_CR,
    CONTENT_LF,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    DONE,
    FLAWED
  }

  private BodyReader(Kind kind, long length, Place place) {
    this.kind = kind;
    this.length = length;
    this.left = length;
    this.place = place;
  }

  /** A body of so many bytes. */
  public static BodyReader ofLength(long bytes) {
    return new BodyReader(Kind.LENGTH, bytes, bytes == 0 ? Place.DONE : Place.CONTENT);
  }

  /** A body in chunks. */
  public static BodyReader chunked() {
    return new BodyReader(Kind.CHUNKED, 0, Place.SIZE);
  }

  /** A body that ends with the connection. */
  public static BodyReader untilClose() {
    return new BodyReader(Kind.UNTIL_CLOSE, Long.MAX_VALUE, Place.CONTENT);
  }

  /** How long it is, if that is known before it has come. */
  public OptionalLong length() {
    return kind == Kind.LENGTH ? OptionalLong.of(length) : OptionalLong.empty();
  }

  /** Whether it is in chunks. */
  public boolean isChunked() {
    return kind == Kind.CHUNKED;
  }

  /** Whether only the end of the connection ends it. */
  public boolean isUntilClose() {
    return kind == Kind.UNTIL_CLOSE;
  }

  /** All of it has been read. */
  public boolean isDone() {
    return place == Place.DONE;
  }

  /** It is no body as announced; nothing more of it is read. */
  public boolean isFlawed() {
    return place == Place.FLAWED;
  }

  /** The trailer fields as they came, each line with its end. */
  public String trailers() {
    return trailers.toString();
  }

  /**
   * Reads up to the end of the next piece of content, which is not empty; null if there is none in
   * these bytes, or an end. The piece shares the memory of what is read.
   */
  public @Nullable ByteBuf next(ByteBuf in) {
    while (in.isReadable() && place != Place.DONE && place != Place.FLAWED) {
      if (place == Place.CONTENT) {
        int bytes = (int) Math.min(left, in.readableBytes());
        left -= kind == Kind.UNTIL_CLOSE ? 0 : bytes;
        if (left == 0) {
          place = kind == Kind.CHUNKED ? Place.CONTENT_CR : Place.DONE;
        }
        return in.readSlice(bytes);
      }
      place = step(in.readByte());
    }
    return null;
  }

  /** Reads what frames the content, byte by byte. */
  private Place step(byte next) {
    return switch (place) {
      case SIZE -> size(next);
      case EXTENSION -> next == '\r' ? Place.SIZE_END : extension(next);
      case SIZE_END -> next != '\n' ? Place.FLAWED : left > 0 ? Place.CONTENT : Place.TRAILER_START;
      case CONTENT_CR -> next == '\r' ? Place.CONTENT_LF : Place.FLAWED;
      case CONTENT_LF -> next == '\n' ? nextChunk() : Place.FLAWED;
      case TRAILER_START ->
          next == '\r' ? Place.LAST_LF : isToken(next) ? keep(next, place) : Place.FLAWED;
      case TRAILER_NAME -> next == ':' || isToken(next) ? keep(next, place) : Place.FLAWED;
      case TRAILER_VALUE -> next == '\r' || isText(next) ? keep(next, place) : Place.FLAWED;
      case TRAILER_LF -> next == '\n' ? keep(next, place) : Place.FLAWED;
      case LAST_LF -> next == '\n' ? Place.DONE : Place.FLAWED;
      case CONTENT, DONE, FLAWED -> place;
    };
  }

  private Place nextChunk() {
    digits = 0;
    return Place.SIZE;
  }

  private Place size(byte next) {
    int digit = Character.digit((char) (next & 0xFF), 16);
    if (digit >= 0 && next > 0) {
      left = left << 4 | digit;
      return ++digits > MAX_SIZE_DIGITS ? Place.FLAWED : Place.SIZE;
    }
    if (digits == 0) {
      return Place.FLAWED;
    }
    return next == '\r' ? Place.SIZE_END : next == ';' ? Place.EXTENSION : Place.FLAWED;
  }

  private Place extension(byte next) {
    return isText(next) && ++extensions <= MAX_EXTENSIONS ? Place.EXTENSION : Place.FLAWED;
  }

  private Place keep(byte next, Place at) {
    if (trailers.length() >= MAX_TRAILERS) {
      return Place.FLAWED;
    }
    trailers.append((char) (next & 0xFF));
    return switch (next) {
      case ':' -> Place.TRAILER_VALUE;
      case '\r' -> Place.TRAILER_LF;
      case '\n' -> Place.TRAILER_START;
      default -> at == Place.TRAILER_START ? Place.TRAILER_NAME : at;
    };
  }

  private static boolean isToken(byte next) {
    char c = (char) next;
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || TOKEN_MARKS.indexOf(c) >= 0;
  }

  private static boolean isText(byte next) {
    return next < 0 || next == '\t' || (next >= ' ' && next != 0x7f);
  }
}
