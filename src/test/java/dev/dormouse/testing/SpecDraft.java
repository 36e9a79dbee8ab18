package dev.dormouse.testing;

import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The components of a spec, open to change. */
final class SpecDraft {
  Activation activation;
  ServiceSpec.Program program;
  OptionalInt port;
  Optional<String> socket;
  List<ServiceSpec.Route> routes;
  Duration idleTimeout;
  Duration minimumUptime;
  ServiceSpec.Sleep sleep;
  Duration startupTimeout;
  ServiceSpec.Doze doze;
  Duration hold;
  int maxWaiting;
  Duration handshake;
  Duration scheduling;
  ServiceSpec.Listener listener;
  Optional<String> probePath;
  ServiceSpec.Shutdown shutdown;
  ServiceSpec.Retry retry;
  ServiceSpec.Keepalive keepalive;
  ServiceSpec.Access access;
  ServiceSpec.Limits limits;
  ServiceSpec.Headers headers;
  List<String> dependsOn;
  List<ServiceSpec.Warm> warm;
  ServiceSpec.Fallback fallback;
  Optional<ServiceSpec.ServedBy> servedBy;
  String revision;

  SpecDraft(ServiceSpec spec) {
    activation = spec.activation();
    program = spec.program();
    port = spec.port();
    socket = spec.socket();
    routes = spec.routes();
    idleTimeout = spec.idleTimeout();
    minimumUptime = spec.minimumUptime();
    sleep = spec.sleep();
    doze = spec.doze();
    startupTimeout = spec.startup().timeout();
    hold = spec.startup().hold();
    maxWaiting = spec.startup().maxWaiting();
    handshake = spec.startup().handshake();
    scheduling = spec.startup().scheduling();
    listener = spec.startup().listener();
    probePath = spec.startup().probePath();
    shutdown = spec.shutdown();
    retry = spec.retry();
    keepalive = spec.keepalive();
    access = spec.access();
    limits = spec.limits();
    headers = spec.headers();
    dependsOn = spec.dependsOn();
    warm = spec.warm();
    fallback = spec.fallback();
    servedBy = spec.servedBy();
    revision = spec.revision();
  }

  ServiceSpec toSpec() {
    return new ServiceSpec(
        activation,
        program,
        port,
        socket,
        routes,
        idleTimeout,
        minimumUptime,
        sleep,
        doze,
        new ServiceSpec.Startup(
            startupTimeout, hold, maxWaiting, handshake, scheduling, listener, probePath),
        shutdown,
        retry,
        keepalive,
        access,
        limits,
        headers,
        dependsOn,
        warm,
        fallback,
        servedBy,
        revision);
  }
}
