package dev.dormouse.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.regex.Pattern;

/** Writes trees as YAML in the manner of manifests. Thread-safe. */
public final class YamlWriter {
  private final ObjectWriter writer =
      new YAMLMapper(
              YAMLFactory.builder()
                  .stringQuotingChecker(new Quoting())
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
                  .disable(YAMLGenerator.Feature.SPLIT_LINES)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .build())
          .writer();

  /** One document, without the marker in front of it. */
  public String text(JsonNode document) {
    try {
      return writer.writeValueAsString(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves bare only what every reader of YAML 1.1 or 1.2 takes for a string. */
  private static final class Quoting extends StringQuotingChecker {
    private static final long serialVersionUID = 1;

    private static final Pattern SAFE =
        Pattern.compile(
            "(?i)(?!(y|n|yes|no|true|false|on|off|null)$)"
                + "([a-z/][-\\w./]*|[1-9][0-9]*(h|m|s|ms|Ki|Mi|Gi))");

    @Override
    public boolean needToQuoteName(String name) {
      return needToQuoteValue(name);
    }

    @Override
    public boolean needToQuoteValue(String value) {
      return !SAFE.matcher(value).matches();
    }
  }
}
