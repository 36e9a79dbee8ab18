package dev.dormouse.api.spec;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.Field;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.api.schema.Json;
import dev.dormouse.api.spec.ReaderContext.Platform;
import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Keepalive;
import dev.dormouse.core.ServiceSpec.Listener;
import dev.dormouse.core.ServiceSpec.Program;
import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.core.ServiceSpec.ServedBy;
import dev.dormouse.core.ServiceSpec.Shutdown;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceSpec.Startup;
import dev.dormouse.core.ServiceSpec.StopSignal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads one merged spec into the records of core. Mistakes go to the fields, so that the result
 * means something only if there are none.
 *
 * @param region the one that the spec is for; the context may be of another
 * @param directory what a relative {@code workingDir} starts from, if that can be known
 */
public record SpecReader(
    Field spec, Optional<String> region, ReaderContext context, Optional<Path> directory) {
  /** {@code sun_path} of unix(7) with its NUL. */
  private static final int MAX_SOCKET = 107;

  /** Pauses of common clients before they connect again: stompjs 5 s, AnyCable up to twice that. */
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

  /** What a running workload was started from: a change of it means another one. */
  public static final List<String> REVISED =
      List.of("command", "args", "env", "port", "socket", "image", "resources", "template");

  ServiceSpec read() {
    Activation activation = spec.at("activation").choice(Activation.class);
    List<Route> routes = new RouteReader(spec, region).read();
    TrafficReader traffic = new TrafficReader(spec, context);
    WorkingDir workingDir = WorkingDir.of(spec.at("workingDir"), directory);
    Program program = program(workingDir);
    return new ServiceSpec(
        activation,
        program,
        port(activation, routes),
        socket(workingDir),
        routes,
        idleTimeout(activation, routes),
        spec.at("minimumUptime").duration(),
        sleep(program),
        new DozeReader(spec, workingDir).read(),
        startup(spec.at("startup")),
        shutdown(spec.at("shutdown")),
        retry(spec.at("retry")),
        keepalive(spec.at("keepalive")),
        traffic.access(!routes.isEmpty()),
        traffic.limits(),
        traffic.headers(),
        dependsOn(),
        WarmReader.read(spec.at("warm")),
        traffic.fallback(),
        servedBy(spec.at("servedBy")),
        revision(program));
  }

  /** A client that comes back after its own pause should meet it awake. */
  private Duration idleTimeout(Activation activation, List<Route> routes) {
    Field field = spec.at("idleTimeout");
    Duration timeout = field.duration();
    Duration awake = timeout.plus(spec.at("minimumUptime").duration());
    if (activation == Activation.ON_DEMAND
        && !routes.isEmpty()
        && awake.compareTo(LONGEST_RETRY) < 0) {
      field.warning(
          "with minimumUptime it may sleep again after "
              + Formats.text(awake)
              + ", and clients such as stompjs and AnyCable come back after up to "
              + Formats.text(LONGEST_RETRY)
              + " only");
    }
    return timeout;
  }

  private OptionalInt port(Activation activation, List<Route> routes) {
    boolean dialed = !routes.isEmpty() || spec.at("startup").at("probe").present();
    Field port = spec.at("port");
    boolean elsewhere = context.platform() == Platform.MACHINE && spec.at("socket").present();
    if (elsewhere && port.present()) {
      port.problem("excludes socket");
    }
    if ((activation != Activation.ALWAYS || dialed) && !elsewhere) {
      port.required(": where the program listens, such as 28080");
    }
    if (context.platform() == Platform.KUBERNETES && port.node().asInt(1) == 0) {
      port.expected("an integer from 1 to 65535 on Kubernetes");
    }
    OptionalInt number = port.declaredInteger();
    number.ifPresent(it -> warnOfOutgoing(port, it));
    return number;
  }

  /** A pod is dialled at its port. */
  private Optional<String> socket(WorkingDir workingDir) {
    Field field = spec.at("socket");
    Optional<String> declared = field.text();
    if (declared.isPresent() && context.platform() == Platform.KUBERNETES) {
      field.warning("is for one machine; here it listens at port");
      return Optional.empty();
    }
    Optional<String> path = declared.flatMap(it -> workingDir.resolve(field, it));
    path.filter(it -> it.getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET)
        .ifPresent(
            _ -> field.expected("a path of at most " + MAX_SOCKET + " bytes with its folder"));
    return path;
  }

  private void warnOfOutgoing(Field port, int number) {
    EphemeralPorts outgoing = context.ephemeralPorts();
    if (context.platform() == Platform.MACHINE && outgoing.holds(number)) {
      port.warning(
          number
              + " is among the ports of outgoing connections ("
              + outgoing.first()
              + "-"
              + outgoing.last()
              + "), and a boot fails while one has it: choose another, or reserve it"
              + " (net.ipv4.ip_local_reserved_ports)");
    }
  }

  private Program program(WorkingDir workingDir) {
    Field command = spec.at("command");
    Field reference = spec.at("scaleTargetRef");
    Field image = spec.at("image");
    image.text();
    boolean podded = image.present() || spec.at("template").present() || reference.present();
    if (context.platform() == Platform.MACHINE) {
      command.required();
    } else if (!podded) {
      image.problem("is required, or template or scaleTargetRef");
    }
    if (command.node().isArray() && command.node().path(0).asText().isBlank()) {
      command.problem("must start with a program");
    }
    new TemplateReader(spec.at("template")).check();
    reference.at("apiVersion").text();
    reference.at("kind").text();
    reference.at("name").text();
    EnvReader env = new EnvReader(spec.at("env"), context.platform());
    return new Program(command.texts(), spec.at("args").texts(), workingDir.path(), env.read());
  }

  /** A pod cannot be frozen: the same file means Stop there. */
  private Sleep sleep(Program program) {
    Sleep declared = spec.at("sleep").choice(Sleep.class);
    if (declared == Sleep.STOP) {
      return declared;
    }
    String word = Formats.camel(declared);
    if (context.platform() == Platform.KUBERNETES) {
      spec.at("sleep").warning(word + " is for one machine; here it is Stop");
      return Sleep.STOP;
    }
    FreezeRules.conflictWithProgram(word, program).ifPresent(spec.at("sleep")::problem);
    return declared;
  }

  private static Startup startup(Field startup) {
    Duration timeout = startup.at("timeout").duration();
    Duration usual = Duration.ofSeconds(15);
    Duration fallback = usual.compareTo(timeout) < 0 ? usual : timeout;
    Duration hold = startup.at("hold").declaredDuration().orElse(fallback);
    if (hold.compareTo(timeout) > 0) {
      startup.at("hold").expected("at most startup.timeout");
    }
    return new Startup(
        timeout,
        hold,
        startup.at("maxWaiting").integer(),
        startup.at("handshake").duration(),
        startup.at("scheduling").duration(),
        startup.at("listener").choice(Listener.class),
        probe(startup.at("probe")));
  }

  private static Optional<String> probe(Field probe) {
    Field http = probe.at("http");
    if (probe.present() && probe.at("tcp").present() == http.present()) {
      probe.problem("must have either tcp or http");
    }
    return http.at("path").text();
  }

  private static Shutdown shutdown(Field shutdown) {
    return new Shutdown(
        shutdown.at("drain").duration(),
        shutdown.at("gracePeriod").duration(),
        shutdown.at("signal").choice(StopSignal.class));
  }

  private static Retry retry(Field retry) {
    Duration initial = retry.at("initial").duration();
    Duration usual = Duration.ofSeconds(60);
    Duration fallback = usual.compareTo(initial) > 0 ? usual : initial;
    Duration max = retry.at("max").declaredDuration().orElse(fallback);
    if (max.compareTo(initial) < 0) {
      retry.at("max").expected("at least retry.initial");
    }
    Field breaker = retry.at("breaker");
    return new Retry(
        initial, max, breaker.at("failures").integer(), breaker.at("window").duration());
  }

  private static Keepalive keepalive(Field keepalive) {
    return new Keepalive(
        keepalive.at("interval").duration(), keepalive.at("failureThreshold").integer());
  }

  private List<String> dependsOn() {
    List<String> names = new ArrayList<>();
    for (Field item : spec.at("dependsOn").items()) {
      String name = item.text().orElse("");
      if (names.contains(name)) {
        item.problem("is repeated, was " + item.shown());
      } else if (!name.isEmpty()) {
        names.add(name);
      }
    }
    return List.copyOf(names);
  }

  private Optional<ServedBy> servedBy(Field servedBy) {
    Field other = servedBy.at("region");
    Optional<String> name = other.text();
    if (name.isPresent() && name.equals(region)) {
      other.expected("another region");
    }
    Optional<String> upstream = servedBy.at("upstream").text(Formats::dialable);
    return name.map(it -> new ServedBy(it, upstream));
  }

  /** Of what a running workload was started from, and of nothing else. */
  private String revision(Program program) {
    ObjectNode parts = JsonNodeFactory.instance.objectNode();
    for (String name : REVISED) {
      if (spec.at(name).present()) {
        parts.set(name, spec.at(name).node());
      }
    }
    program.workingDir().ifPresent(it -> parts.put("workingDir", it));
    return Json.digest(parts);
  }
}
