package dev.dormouse.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One JSON object a line: {@code ts}, {@code level}, {@code logger} unless it is our own, {@code
 * msg}, {@code trace} if something was thrown. What the message has as {@code service=...}, {@code
 * a -> b} and, in a transition, as {@code key=value}, is a field, too. Only ASCII, so that nothing
 * that some reader takes for the end of a line or cannot decode is ever inside of one.
 */
final class JsonLine extends Formatter {
  private static final Pattern SERVICE = Pattern.compile("service=(\\S+) (.*)", Pattern.DOTALL);
  private static final Pattern TRANSITION =
      Pattern.compile("([a-z]+) -> ([a-z]+)\\b(.*)", Pattern.DOTALL);
  private static final Pattern DETAIL =
      Pattern.compile(
          "\\G (?:(waiting|connections|failures)=(\\d+)|(\\w+)=([^\\s:]\\S*?)(?=:? |$))");

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
      String message = LogSetup.messageOf(record, this);
      writeFields(message, out);
      out.writeStringField("msg", message);
      if (record.getThrown() != null) {
        out.writeStringField("trace", LogSetup.traceOf(record));
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a StringWriter never fails", e);
    }
    return line.append('\n').toString();
  }

  private static void writeFields(String message, JsonGenerator out) throws IOException {
    Matcher service = SERVICE.matcher(message);
    if (!service.matches()) {
      return;
    }
    out.writeStringField("service", service.group(1));
    Matcher transition = TRANSITION.matcher(service.group(2));
    if (transition.matches()) {
      out.writeStringField("from", transition.group(1));
      out.writeStringField("to", transition.group(2));
      Matcher detail = DETAIL.matcher(transition.group(3));
      while (detail.find()) {
        if (detail.group(1) != null) {
          out.writeNumberField(detail.group(1), Long.parseLong(detail.group(2)));
        } else {
          out.writeStringField(detail.group(3), detail.group(4));
        }
      }
    }
  }
}
