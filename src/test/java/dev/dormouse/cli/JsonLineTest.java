package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class JsonLineTest {
  private final JsonLine format = new JsonLine();

  @Test
  @Tag("D45")
  void aTransitionHasItsPartsAsFields() throws Exception {
    assertThat(
            read(record("service=default/cable dormant -> waking waiting=3 (waiting for redis)")))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"ts": "2026-05-01T12:00:00Z", "level": "INFO", "service": "default/cable",
                     "from": "dormant", "to": "waking", "waiting": 3,
                     "msg":
                     "service=default/cable dormant -> waking waiting=3 (waiting for redis)"}
                    """));
    JsonNode failed =
        read(record("service=a/b waking -> failed failures=2 nextRetry=T reason=EXITED: x=1 y"));
    assertThat(failed.path("failures").asInt()).isEqualTo(2);
    assertThat(failed.path("nextRetry").asText()).isEqualTo("T");
    assertThat(failed.path("reason").asText()).isEqualTo("EXITED");
    assertThat(failed.has("x")).as("part of the message").isFalse();
    assertThat(read(record("service=a/b out| 1 -> 2")).has("from")).isFalse();
    assertThat(read(record("service=a/b waking -> active after=31ms")).path("after").asText())
        .isEqualTo("31ms");
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

  private static LogRecord record(String message) {
    var record = new LogRecord(Level.INFO, message);
    record.setLoggerName("dormouse");
    record.setInstant(Instant.parse("2026-05-01T12:00:00Z"));
    return record;
  }
}
