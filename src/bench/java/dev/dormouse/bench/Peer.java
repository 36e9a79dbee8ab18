package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What stands between the client and the backend, on one core, with as little to do as it can. */
enum Peer {
  DIRECT("direct"),
  NGINX("nginx"),
  HAPROXY("HAProxy"),
  CADDY("Caddy"),
  DORMOUSE("Dormouse");

  private static final String NGINX_CONF =
      """
      daemon off; worker_processes 1; pid PATH/nginx.pid; error_log PATH/nginx.log crit;
      events { worker_connections FILES; }
      http {
        access_log off;
        client_body_temp_path PATH; proxy_temp_path PATH; fastcgi_temp_path PATH;
        uwsgi_temp_path PATH; scgi_temp_path PATH;
        map $http_upgrade $connection_field { default upgrade; "" ""; }
        keepalive_requests 100000000;
        upstream back { server 127.0.0.1:BACKEND; keepalive 64; keepalive_requests 100000000; }
        server {
          listen 127.0.0.1:PORT backlog=4096;
          location / {
            proxy_pass http://back; proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_field;
            proxy_read_timeout 1h; proxy_send_timeout 1h;
          }
        }
      }
      """;

  private static final String HAPROXY_CFG =
      """
      global
        maxconn CONNECTIONS
        nbthread 1
      defaults
        mode http
        timeout connect 5s
        timeout client 1h
        timeout server 1h
        timeout tunnel 1h
      frontend front
        bind 127.0.0.1:PORT backlog 4096
        default_backend back
      backend back
        server echo 127.0.0.1:BACKEND
      """;

  private static final String CADDYFILE =
      """
      {
        admin off
        auto_https off
      }
      http://127.0.0.1:PORT {
        reverse_proxy 127.0.0.1:BACKEND
      }
      """;

  private static final String MANIFEST =
      """
      apiVersion: dormouse.dev/v1alpha1
      kind: OnDemandService
      metadata:
        name: cable
      spec:
        command: [COMMAND]
        env: [ENV]
        port: BACKEND
        path: /cable
        activation: ACTIVATION
        idleTimeout: 50ms
        minimumUptime: 0s
        startup: {maxWaiting: 5000}
        access: {maxConnections: 20000, allowedOrigins: ["*"]}
        shutdown: {drain: 0s}
      """;

  final String label;

  Peer(String label) {
    this.label = label;
  }

  /** A started proxy and its backend; {@code proxy} is the backend itself if there is no proxy. */
  record Running(Peer peer, int port, int adminPort, Server proxy, List<Server> all)
      implements AutoCloseable {
    /** In kB. Dormouse's children are its services. */
    long memory(String key) throws IOException {
      return proxy.memory(key, peer != DORMOUSE);
    }

    long cpuMillis() throws IOException {
      return proxy.cpuMillis(peer != DORMOUSE);
    }

    @Override
    public void close() {
      all.reversed().forEach(Server::close);
    }
  }

  Running start(Lab lab) throws IOException, InterruptedException {
    if (this == DORMOUSE) {
      return dormouse(lab, "Always", Lab.backend(), Map.of());
    }
    var all = new ArrayList<Server>();
    try {
      int backend = Lab.freePort();
      var env = Map.of("PORT", Integer.toString(backend));
      all.add(lab.start("backend", lab.onLoadCore(Lab.backend()), env));
      Lab.awaitPort(backend);
      int port = this == DIRECT ? backend : Lab.freePort();
      if (this != DIRECT) {
        List<String> command = lab.onProxyCore(command(lab, port, backend));
        env = Map.of("GOMAXPROCS", "1", "HOME", lab.scratch().toString());
        all.add(lab.start(name(), command, env));
      }
      Lab.awaitPort(port);
      return new Running(this, port, 0, all.getLast(), all);
    } catch (IOException e) {
      all.reversed().forEach(Server::close);
      throw e;
    }
  }

  private List<String> command(Lab lab, int port, int backend) throws IOException {
    String template =
        switch (this) {
          case NGINX -> NGINX_CONF;
          case HAPROXY -> HAPROXY_CFG;
          case CADDY -> CADDYFILE;
          case DIRECT, DORMOUSE -> throw new IllegalStateException();
        };
    String conf =
        template
            .replace("PATH", lab.scratch().toString())
            .replace("PORT", Integer.toString(port))
            .replace("FILES", Integer.toString(Lab.openFiles() - 100))
            .replace("CONNECTIONS", Integer.toString(Lab.connections()))
            .replace("BACKEND", Integer.toString(backend));
    String file = lab.write(name() + ".conf", conf).toString();
    return switch (this) {
      case NGINX -> List.of("nginx", "-e", lab.scratch() + "/nginx.log", "-c", file);
      case HAPROXY -> List.of("haproxy", "-db", "-f", file);
      case CADDY -> List.of("caddy", "run", "--adapter", "caddyfile", "--config", file);
      case DIRECT, DORMOUSE -> throw new IllegalStateException();
    };
  }

  /** {@code dormouse run} that hands ordinary requests on. */
  static Running forwarding(Lab lab) throws IOException, InterruptedException {
    String manifest = MANIFEST.replace("path: /cable", "routes: [{path: /cable, http: Wake}]");
    return dormouse(lab, manifest, "Always", Lab.backend(), Map.of());
  }

  /** {@code dormouse run} with this service, and perhaps with more options. */
  static Running dormouse(
      Lab lab, String activation, List<String> command, Map<String, String> env, String... more)
      throws IOException, InterruptedException {
    return dormouse(lab, MANIFEST, activation, command, env, more);
  }

  private static Running dormouse(
      Lab lab,
      String template,
      String activation,
      List<String> command,
      Map<String, String> env,
      String... more)
      throws IOException, InterruptedException {
    int port = Lab.freePort();
    int admin = Lab.freePort();
    int backend = Lab.freePort();
    String manifest =
        template
            .replace("COMMAND", quoted(lab.onLoadCore(command)))
            .replace("ENV", variables(env))
            .replace("BACKEND", Integer.toString(backend))
            .replace("ACTIVATION", activation);
    // In a folder of its own: Dormouse looks up whenever something is written in it.
    Path folder = Files.createDirectory(lab.scratch().resolve("manifest-" + port));
    Path file = Files.writeString(folder.resolve("cable.yaml"), manifest);
    Path state = Files.createDirectories(lab.scratch().resolve("state-" + port));
    List<String> run =
        new ArrayList<>(
            List.of(
                lab.dormouseHome().resolve("bin/dormouse").toString(),
                "run",
                "-f",
                file.toString(),
                "--listen",
                "127.0.0.1:" + port,
                "--admin",
                "127.0.0.1:" + admin,
                "--state-dir",
                state.toString()));
    run.addAll(List.of(more));
    Server server = lab.start("dormouse", lab.onProxyCore(run), Map.of());
    try {
      Lab.awaitPort(port);
      Lab.awaitReady(admin);
      if (activation.equals("Always")) {
        Lab.awaitPort(backend);
      }
    } catch (IOException e) {
      server.close();
      throw e;
    }
    return new Running(DORMOUSE, port, admin, server, List.of(server));
  }

  private static String quoted(List<String> words) {
    return words.stream().map(word -> '"' + word + '"').collect(Collectors.joining(", "));
  }

  private static String variables(Map<String, String> env) {
    return env.entrySet().stream()
        .map(it -> "{name: %s, value: \"%s\"}".formatted(it.getKey(), it.getValue()))
        .collect(Collectors.joining(", "));
  }
}
