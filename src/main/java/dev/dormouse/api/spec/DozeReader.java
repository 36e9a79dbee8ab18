package dev.dormouse.api.spec;

import dev.dormouse.api.schema.Field;
import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.Heartbeat;

/** Reads how a service sleeps under open tunnels. */
record DozeReader(Field spec, WorkingDir workingDir) {
  Doze read() {
    Field doze = spec.at("doze");
    return new Doze(
        doze.at("after").duration(),
        doze.at("heartbeat").choice(Heartbeat.class),
        doze.at("wakeEvery").declaredDuration(),
        doze.at("wakeOn").at("files").items().stream()
            .flatMap(file -> file.text().flatMap(text -> workingDir.resolve(file, text)).stream())
            .distinct()
            .toList());
  }
}
