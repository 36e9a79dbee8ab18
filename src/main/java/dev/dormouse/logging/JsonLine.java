package dev.dormouse.logging;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.dormouse.control.LogLine;
import dev.dormouse.core.Text;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/**
 * One JSON object a line: {@code ts}, {@code level}, {@code logger} unless it is our own, {@code
 * msg}, {@code trace} if something was thrown. What a {@link LogLine} has as fields are fields.
 * Only ASCII, so that nothing that some reader takes for the end of a line or cannot decode is ever
 * inside of one.
 */
final class JsonLine extends Formatter {
  private final JsonFactory json =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  @Override
  public String format(LogRecord record) {
    var line = new StringWriter(256);
    try (JsonGenerator out = json.createGenerator(line)) {
      out.writeStartObject();
      out.writeStringField("ts", record.getInstant().truncatedTo(ChronoUnit.MILLIS).toString());
      out.writeStringField("level", LogSetup.levelOf(record));
      String logger = String.valueOf(record.getLoggerName());
      if (!LogSetup.isOurs(logger)) {
        out.writeStringField("logger", logger);
      }
      writeFields(record, out);
      out.writeStringField("msg", LogSetup.messageOf(record, this));
      if (record.getThrown() != null) {
        out.writeStringField("trace", LogSetup.traceOf(record));
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a StringWriter never fails", e);
    }
    return line.append('\n').toString();
  }

  private static void writeFields(LogRecord record, JsonGenerator out) throws IOException {
    Object[] parameters = record.getParameters();
    if (parameters == null || parameters.length != 1 || !(parameters[0] instanceof LogLine line)) {
      return;
    }
    if (line.service().isPresent()) {
      out.writeStringField("service", line.service().get().toString());
    }
    for (var field : line.fields().entrySet()) {
      if (field.getValue() instanceof Number number) {
        out.writeNumberField(field.getKey(), number.longValue());
      } else {
        out.writeStringField(field.getKey(), Text.printable(field.getValue().toString()));
      }
    }
  }
}
