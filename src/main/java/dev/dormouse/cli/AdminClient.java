package dev.dormouse.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Asks the admin port of a running Dormouse. Blocking, on {@link HttpURLConnection}: of the JDK's
 * clients the one that a short command starts fastest with.
 */
final class AdminClient {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int MAX_BYTES = 64 << 20;

  /** Longer than the server's heartbeat of 10 s, or than a look at many services takes. */
  private static final int READ_MILLIS = 30_000;

  @Option(
      names = "--admin",
      defaultValue = "127.0.0.1:8081",
      converter = HostPort.Converter.class,
      paramLabel = "HOST:PORT",
      description = "The admin port to ask (default: ${DEFAULT-VALUE}).")
  private HostPort admin = new HostPort("127.0.0.1", 8081);

  @Mixin private AdminToken token = new AdminToken();

  /** A body, and whether it says what was asked for. */
  private record Reply(int status, String body) {}

  /** {@code /services}, as it was sent. */
  String services() throws UserError {
    return expect(200, exchange("GET", "/services"));
  }

  /** {@code /report}, as it was sent. */
  String report() throws UserError {
    return expect(200, exchange("GET", "/report"));
  }

  /** One service; {@code name} is {@code NAME} or {@code NAMESPACE/NAME}. */
  JsonNode service(String name) throws UserError {
    return JsonTree.parse(expect(200, exchange("GET", path(name))));
  }

  /** Has something done, and returns what is said about it. */
  String order(String name, String order) throws UserError {
    Reply reply = exchange("POST", path(name) + "/" + order);
    return JsonTree.parse(expect(202, reply)).path("detail").asText();
  }

  /** Hands over the services with each change, until the server ends. */
  void follow(Consumer<String> services) throws UserError {
    try {
      HttpURLConnection connection = connect("GET", "/events");
      expect(200, new Reply(connection.getResponseCode(), ""));
      try (var reader =
          new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8))) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          if (line.startsWith("data: ")) {
            services.accept(line.substring("data: ".length()));
          }
        }
      }
    } catch (IOException e) {
      throw unreachable(e);
    }
    throw new UserError("dormouse at " + admin + " has ended");
  }

  private Reply exchange(String method, String path) throws UserError {
    try {
      HttpURLConnection connection = connect(method, path);
      int status = connection.getResponseCode();
      Optional<InputStream> body =
          Optional.ofNullable(
              status < 400 ? connection.getInputStream() : connection.getErrorStream());
      return new Reply(status, body.isEmpty() ? "" : text(body.get()));
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  /** By address: the port answers to no other names than its own. */
  private HttpURLConnection connect(String method, String path) throws IOException, UserError {
    var address = new HostPort(InetAddress.getByName(admin.host()).getHostAddress(), admin.port());
    var url = URI.create("http://" + address + path).toURL();
    var connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
    connection.setRequestMethod(method);
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    connection.setRequestProperty("X-Dormouse", "1");
    token.read().ifPresent(it -> connection.setRequestProperty("Authorization", "Bearer " + it));
    if (method.equals("POST")) {
      connection.setDoOutput(true);
      connection.setFixedLengthStreamingMode(0);
    }
    return connection;
  }

  private String expect(int status, Reply reply) throws UserError {
    if (reply.status() == status) {
      return reply.body();
    }
    String why =
        reply.body().startsWith("{")
            ? JsonTree.parse(reply.body()).path("detail").asText()
            : reply.status() == 404 ? "there is no such service" : reply.body().strip();
    throw new UserError(why.isEmpty() ? admin + " answered " + reply.status() : why);
  }

  private UserError unreachable(IOException e) {
    return new UserError(
        "no answer from " + admin + ": " + e.getMessage() + "; does dormouse run?");
  }

  private static String path(String name) throws UserError {
    if (!name.matches("[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)?")) {
      throw new UserError("'" + name + "' is not NAME or NAMESPACE/NAME of a service");
    }
    return "/services/" + (name.indexOf('/') < 0 ? "default/" : "") + name;
  }

  private static String text(InputStream body) throws IOException {
    try (body) {
      return new String(body.readNBytes(MAX_BYTES), UTF_8);
    }
  }
}
