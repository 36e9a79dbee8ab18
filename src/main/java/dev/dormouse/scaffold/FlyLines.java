package dev.dormouse.scaffold;

/** What a Dockerfile and a {@code fly.toml} need besides, to run a manifest on Fly. */
public final class FlyLines {
  private static final String LINES =
      """
      # Dockerfile, in the last stage. dormouse/ beside it is target/dormouse of a build of Dormouse.
      COPY --from=eclipse-temurin:25-jre /opt/java/openjdk /opt/java/openjdk
      COPY dormouse/ /opt/dormouse/
      RUN /opt/dormouse/bin/dormouse train
      COPY {manifest} /etc/dormouse/{name}

      # fly.toml. The cable gets Machines of its own; `app` is what the Dockerfile's CMD says, and an
      # [http_service] that is there gets: processes = ["app"]. In the manifest workingDir is the
      # app's folder in the image.
      kill_signal = "SIGTERM"
      kill_timeout = "30s"

      [processes]
        app = "TO DECIDE: what runs today"
        sockets = "/opt/dormouse/bin/dormouse run -f /etc/dormouse/{name} --listen 0.0.0.0:8080 \
      --admin [::]:8081 --state-dir /var/lib/dormouse"

      [[services]]
        processes = ["sockets"]
        internal_port = 8080
        protocol = "tcp"
        auto_stop_machines = "off"

        [[services.ports]]
          port = 8443
          handlers = ["tls", "http"]

          [services.ports.http_options]
            idle_timeout = 600

      [checks]
        [checks.dormouse]
          processes = ["sockets"]
          type = "http"
          port = 8081
          method = "GET"
          path = "/livez"
          interval = "15s"
          timeout = "2s"
      """;

  private FlyLines() {}

  /**
   * The lines, with comments on where each belongs.
   *
   * @param manifest its path beside the Dockerfile
   */
  public static String of(String manifest) {
    String name = manifest.substring(manifest.lastIndexOf('/') + 1);
    return LINES.replace("{manifest}", manifest).replace("{name}", name);
  }
}
