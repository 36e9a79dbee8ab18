package dev.dormouse.core;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The variables that every workload has, and references to variables in a definition. */
public final class Variables {
  private Variables() {}

  /**
   * {@code PORT}, {@code HOST}, {@code REGION} and {@code NAME} of one workload.
   *
   * @param host the address that it listens on
   * @param region empty if it is not known
   */
  public static Map<String, String> of(
      ServiceId id, String host, Optional<Integer> port, String region) {
    Map<String, String> variables = new LinkedHashMap<>();
    port.ifPresent(it -> variables.put("PORT", Integer.toString(it)));
    variables.put("HOST", host);
    variables.put("REGION", region);
    variables.put("NAME", id.name());
    return variables;
  }

  /**
   * Replaces {@code $(NAME)} by its value. As in Kubernetes, an unknown name stays as it is written
   * and {@code $$} is a literal {@code $}.
   */
  public static String expand(String text, Map<String, String> values) {
    return replace(text, values, "$");
  }

  /**
   * Replaces what is known and leaves the rest, escapes included, to who expands it in the end.
   *
   * @param values without {@code $}
   */
  public static String substitute(String text, Map<String, String> values) {
    return replace(text, values, "$$");
  }

  private static String replace(String text, Map<String, String> values, String escaped) {
    var out = new StringBuilder();
    int at = 0;
    for (int dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
      out.append(text, at, dollar);
      int end = text.startsWith("$(", dollar) ? text.indexOf(')', dollar) : -1;
      if (end >= 0) {
        at = end + 1;
        String reference = text.substring(dollar, at);
        out.append(values.getOrDefault(text.substring(dollar + 2, end), reference));
      } else {
        boolean escape = text.startsWith("$$", dollar);
        at = dollar + (escape ? 2 : 1);
        out.append(escape ? escaped : "$");
      }
    }
    return out.append(text, at, text.length()).toString();
  }
}
