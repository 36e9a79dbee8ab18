package dev.dormouse.activator;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What may open {@code /cable}, read from RFC 9112 and RFC 6455 by regular expressions: shares no
 * line with the activator. Heads of plain requests may come before.
 */
record StrictHead(String allowedOrigin) {
  private static final Pattern REQUEST_LINE =
      Pattern.compile("GET /cable(\\?[!-~&&[^#]]*)? HTTP/1\\.1");
  private static final Pattern ANY_LINE = Pattern.compile("[!-~][ -~]*");
  private static final Pattern HEADER =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\\t\\x20-\\x7e\\x80-\\xff]*)");
  private static final Pattern HOST =
      Pattern.compile(
          "(\\[[0-9A-Fa-f:.]+\\]|[\\w.~!$&'()*+,;=%-]*)(:(6553[0-5]|655[0-2]\\d|65[0-4]\\d{2}|6[0-4]\\d{3}|[0-5]?\\d{1,4}))?");
  private static final int MAX_BYTES = 16 * 1024;

  boolean opens(String bytes) {
    String text = bytes.replaceFirst("^(\r\n)*", "");
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    List<String> lines = new ArrayList<>(Arrays.asList(text.substring(0, end).split("\r\n", -1)));
    String first = lines.removeFirst();
    Map<String, List<String>> headers = new HashMap<>();
    for (String line : lines) {
      var matcher = HEADER.matcher(line);
      if (!matcher.matches()) {
        return false;
      }
      headers
          .computeIfAbsent(matcher.group(1).toLowerCase(ROOT), _ -> new ArrayList<>())
          .add(matcher.group(2).strip());
    }
    if (!ANY_LINE.matcher(first).matches()) {
      return false;
    }
    boolean last =
        List.of("upgrade", "content-length", "transfer-encoding").stream()
            .anyMatch(headers::containsKey);
    return last
        ? REQUEST_LINE.matcher(first).matches() && end + 4 <= MAX_BYTES && opens(headers)
        : opens(text.substring(end + 4));
  }

  private boolean opens(Map<String, List<String>> headers) {
    List<String> none = List.of();
    List<String> keys = headers.getOrDefault("sec-websocket-key", none);
    List<String> origins = headers.getOrDefault("origin", none);
    List<String> hosts = headers.getOrDefault("host", none);
    return hosts.size() == 1
        && HOST.matcher(hosts.getFirst()).matches()
        && lists(headers, "connection", "upgrade")
        && lists(headers, "upgrade", "websocket")
        && headers.getOrDefault("sec-websocket-version", none).equals(List.of("13"))
        && keys.size() == 1
        && isKey(keys.getFirst())
        && !headers.containsKey("expect")
        && !headers.containsKey("transfer-encoding")
        && headers.getOrDefault("content-length", List.of("0")).equals(List.of("0"))
        && (origins.isEmpty()
            || (origins.size() == 1 && origins.getFirst().equalsIgnoreCase(allowedOrigin)));
  }

  private static boolean lists(Map<String, List<String>> headers, String name, String value) {
    return headers.getOrDefault(name, List.of()).stream()
        .flatMap(list -> Arrays.stream(list.split(",", -1)))
        .anyMatch(item -> item.strip().equalsIgnoreCase(value));
  }

  private static boolean isKey(String key) {
    try {
      return Base64.getDecoder().decode(key).length == 16 && key.length() == 24;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
