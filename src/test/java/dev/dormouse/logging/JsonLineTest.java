package dev.dormouse.logging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dormouse.control.LogLine;
import dev.dormouse.core.ServiceId;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class JsonLineTest {
  private static final ServiceId CABLE = new ServiceId("default", "cable");

  private final JsonLine format = new JsonLine();

  @Test
  @Tag("D45")
  void aTransitionHasItsPartsAsFields() throws Exception {
    var line = LogLine.of(CABLE, "dormant -> waking waiting=3 (waiting for redis)");
    assertThat(read(record(line.with("from", "dormant").with("to", "waking").with("waiting", 3))))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"ts": "2026-05-01T12:00:00Z", "level": "INFO", "service": "default/cable",
                     "from": "dormant", "to": "waking", "waiting": 3,
                     "msg":
                     "service=default/cable dormant -> waking waiting=3 (waiting for redis)"}
                    """));
  }

  /** A server that writes what looks like a field writes no field. */
  @Test
  void whatAServerWritesIsNoField() throws Exception {
    JsonNode written = read(record(LogLine.of(CABLE, "| a -> b waiting=3")));
    assertThat(written.path("service").asText()).isEqualTo("default/cable");
    assertThat(written.has("from")).isFalse();
    assertThat(written.has("waiting")).isFalse();
    assertThat(read(record("service=a/b dormant -> waking")).has("service")).isFalse();
  }

  @Test
  @Tag("D45")
  void noCharacterBreaksTheLine() throws Exception {
    String nasty = "a\nb\r\nc\u0000\u001b[31m\u0085\u2028\ud800\"\\ä\t";
    var record = record(nasty);
    record.setThrown(new IllegalStateException("x\ny"));
    String line = format.format(record);
    assertThat(line).matches("[ -~]+\n");
    assertThat(read(record).path("msg").asText()).isEqualTo("a b c \ufffd\"\\ä\t");
    assertThat(read(record).path("trace").asText())
        .startsWith("java.lang.IllegalStateException: x\n\ty\n")
        .contains("\n\t\tat ");
  }

  @Test
  void librariesAreNamed() throws Exception {
    var record = record("x");
    record.setLoggerName("io.netty.x");
    record.setLevel(Level.SEVERE);
    assertThat(read(record).path("logger").asText()).isEqualTo("io.netty.x");
    assertThat(read(record).path("level").asText()).isEqualTo("ERROR");
  }

  private JsonNode read(LogRecord record) throws JsonProcessingException {
    return new ObjectMapper().readTree(format.format(record));
  }

  private static LogRecord record(LogLine line) {
    var record = record("{0}");
    record.setParameters(new Object[] {line});
    return record;
  }

  private static LogRecord record(String message) {
    var record = new LogRecord(Level.INFO, message);
    record.setLoggerName("dormouse");
    record.setInstant(Instant.parse("2026-05-01T12:00:00Z"));
    return record;
  }
}
