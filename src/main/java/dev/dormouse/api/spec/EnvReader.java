package dev.dormouse.api.spec;

import dev.dormouse.api.schema.Field;
import dev.dormouse.api.spec.ReaderContext.Platform;
import dev.dormouse.core.ServiceSpec.EnvVar;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads {@code env}. What comes from elsewhere in the cluster is left to the pod. */
record EnvReader(Field env, Platform platform) {
  List<EnvVar> read() {
    List<EnvVar> variables = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Field item : env.items()) {
      String name = item.at("name").text().orElse("");
      if (!name.isEmpty() && !names.add(name)) {
        item.at("name").problem("is set twice, was " + item.at("name").shown());
      }
      if (name.startsWith("DORMOUSE_")) {
        item.at("name").problem("is reserved, was " + item.at("name").shown());
      }
      Optional<String> value = item.at("value").text();
      if (name.equals("PORT") && !value.orElse("").contains("$(PORT)")) {
        item.at("name")
            .warning("PORT is ours to set, to the port where it must listen; this value wins");
      }
      if (item.at("valueFrom").present()) {
        checkSource(item);
      } else {
        variables.add(new EnvVar(name, value.orElse("")));
      }
    }
    return List.copyOf(variables);
  }

  private void checkSource(Field item) {
    if (platform == Platform.MACHINE) {
      item.at("valueFrom").problem("is for Kubernetes only; give a value");
    } else if (item.at("value").present()) {
      item.at("valueFrom").problem("excludes value");
    }
  }
}
