package dev.dormouse.admin;

import java.util.Map;
import java.util.Optional;

/**
 * What the admin port is told at start.
 *
 * @param host the address to listen on; as a name, also the one name it answers to
 * @param port 0 for any free one
 * @param region where this copy runs
 * @param pages further pages by path, such as {@code /demo}
 * @param token with which others than this machine may wake and sleep services
 */
public record AdminSettings(
    String host,
    int port,
    Optional<String> region,
    Map<String, StaticPage> pages,
    Optional<String> token) {
  /** Copies the pages. */
  public AdminSettings {
    pages = Map.copyOf(pages);
  }
}
