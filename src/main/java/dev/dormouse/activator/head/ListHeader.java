package dev.dormouse.activator.head;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;

/** Headers whose value is a list (RFC 9110, 5.6.1), in one line or in several (5.3). */
public final class ListHeader {
  private ListHeader() {}

  /** Its elements in their order, without the white space around them; empty ones do not count. */
  public static List<String> of(HttpHeaders headers, CharSequence name) {
    List<String> elements = new ArrayList<>();
    for (String line : headers.getAll(name)) {
      for (String element : line.split(",", -1)) {
        if (!element.isBlank()) {
          elements.add(element.strip());
        }
      }
    }
    return elements;
  }
}
