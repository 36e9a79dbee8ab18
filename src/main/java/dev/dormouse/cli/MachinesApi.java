package dev.dormouse.cli;

import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.LoopResources;

/**
 * Fly's Machines API as a Machine itself reaches it: through a unix socket, without a token, for
 * this Machine only.
 *
 * @param socket where it listens
 * @param path of this Machine
 */
record MachinesApi(Path socket, String path) {
  /** Names another socket, for tests and stand-ins. */
  static final String SOCKET = "DORMOUSE_FLY_API";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /**
   * The API of the Machine that these variables describe.
   *
   * @throws UserError if this is no Fly Machine
   */
  static MachinesApi of(Map<String, String> env) throws UserError {
    String app = env.getOrDefault("FLY_APP_NAME", "");
    String machine = env.getOrDefault("FLY_MACHINE_ID", "");
    Path socket = Path.of(env.getOrDefault(SOCKET, "/.fly/api"));
    if (!app.matches("[\\w-]+") || !machine.matches("[\\w-]+") || !Files.exists(socket)) {
      throw new UserError(
          "--when-idle=suspend works on a Fly Machine only: FLY_APP_NAME and FLY_MACHINE_ID must be"
              + " set, and "
              + socket
              + " must exist");
    }
    return new MachinesApi(socket, "/v1/apps/" + app + "/machines/" + machine);
  }

  /** Has the Machine suspended; empty if that is under way, else why it is not. */
  Optional<String> suspend(LoopResources loops) {
    return HttpClient.newConnection()
        .runOn(loops)
        .remoteAddress(() -> new DomainSocketAddress(socket.toFile()))
        .headers(headers -> headers.set("Host", "flaps"))
        .responseTimeout(TIMEOUT)
        .post()
        .uri(path + "/suspend")
        .responseSingle(
            (response, body) ->
                body.asString()
                    .defaultIfEmpty("")
                    .map(text -> refusal(response.status().code(), text)))
        .timeout(TIMEOUT)
        .onErrorResume(failure -> Mono.just(Optional.of(String.valueOf(failure))))
        .blockOptional()
        .orElseGet(() -> Optional.of("no answer"));
  }

  private static Optional<String> refusal(int status, String body) {
    String shown = body.strip().replaceAll("\\p{Cntrl}", " ");
    return status / 100 == 2
        ? Optional.empty()
        : Optional.of(status + " " + shown.substring(0, Math.min(200, shown.length())));
  }
}
