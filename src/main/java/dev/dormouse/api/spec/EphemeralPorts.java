package dev.dormouse.api.spec;

/**
 * From which ports the system takes one for an outgoing connection, which then keeps a server from
 * listening there.
 *
 * @param first of the range
 * @param last of the range
 * @param reserved ports and ranges that are taken out of it, such as {@code 8080,9148-9150}
 */
public record EphemeralPorts(int first, int last, String reserved) {
  /** Linux' own range. */
  public static final EphemeralPorts USUAL = new EphemeralPorts(32_768, 60_999, "");

  /**
   * The range that this machine has, or the usual one if the texts say nothing that can be read.
   *
   * @param range of {@code net.ipv4.ip_local_port_range}: two numbers
   * @param reserved of {@code net.ipv4.ip_local_reserved_ports}
   */
  public static EphemeralPorts of(String range, String reserved) {
    String text = range.strip().replace('\t', ' ');
    int space = text.indexOf(' ');
    try {
      return space < 0
          ? USUAL
          : new EphemeralPorts(
              Integer.parseInt(text, 0, space, 10),
              Integer.parseInt(text.substring(space).strip()),
              reserved.strip());
    } catch (NumberFormatException e) {
      return USUAL;
    }
  }

  /** Whether an outgoing connection may hold this port. */
  boolean holds(int port) {
    return port >= first && port <= last && !isReserved(port);
  }

  private boolean isReserved(int port) {
    for (String item : reserved.split(",", -1)) {
      int dash = item.indexOf('-');
      try {
        int from = Integer.parseInt(dash < 0 ? item : item.substring(0, dash));
        int until = dash < 0 ? from : Integer.parseInt(item.substring(dash + 1));
        if (port >= from && port <= until) {
          return true;
        }
      } catch (NumberFormatException _) {
        // Nothing that we understand; the next one may be.
      }
    }
    return false;
  }
}
