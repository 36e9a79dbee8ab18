package dev.dormouse.nap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a process leaves for itself over a nap: texts by name, in parts that know nothing of each
 * other. A flat JSON object in the state directory, of the owner only; whoever comes back deletes
 * it.
 */
public final class NapNote {
  private static final JsonFactory JSON = new JsonFactory();
  private static final char SEPARATOR = '/';

  private final Map<String, String> all;

  private NapNote(Map<String, String> all) {
    this.all = all;
  }

  /** An empty one. */
  public NapNote() {
    this(new HashMap<>());
  }

  /** Where it is in a state directory; a name that no service can have. */
  public static Path in(Path stateDir) {
    return stateDir.toAbsolutePath().normalize().resolve("nap");
  }

  /** Adds a part. */
  public NapNote with(String part, Map<String, String> texts) {
    Map<String, String> more = new HashMap<>(all);
    texts.forEach((name, text) -> more.put(part + SEPARATOR + name, text));
    return new NapNote(more);
  }

  /** A part; empty if it was never added. */
  public Map<String, String> part(String part) {
    String prefix = part + SEPARATOR;
    Map<String, String> texts = new HashMap<>();
    all.forEach(
        (name, text) -> {
          if (name.startsWith(prefix)) {
            texts.put(name.substring(prefix.length()), text);
          }
        });
    return texts;
  }

  /**
   * Writes it.
   *
   * @param asOf its time, by which the launcher tells what is newer
   */
  public void write(Path file, Instant asOf) throws IOException {
    Files.deleteIfExists(file);
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try (var out = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), ownerOnly)) {
      ByteBuffer text = ByteBuffer.wrap(json().getBytes(UTF_8));
      while (text.hasRemaining()) {
        out.write(text);
      }
    }
    Files.setLastModifiedTime(file, FileTime.from(asOf));
  }

  private String json() throws IOException {
    var out = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      for (var entry : all.entrySet()) {
        json.writeStringField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
    }
    return out.append('\n').toString();
  }

  /**
   * Reads it and deletes the file.
   *
   * @throws IOException if it is not there, or is no such file
   */
  public static NapNote take(Path file) throws IOException {
    Map<String, String> all = new HashMap<>();
    try (JsonParser json = JSON.createParser(Files.readString(file))) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        all.put(name, String.valueOf(json.nextTextValue()));
      }
    } finally {
      Files.deleteIfExists(file);
    }
    return new NapNote(all);
  }
}
