package dev.dormouse.api.spec;

import dev.dormouse.api.schema.Field;
import java.util.List;

/**
 * Checks of {@code template} what is laid over it: those parts must be what they are in a
 * PodTemplateSpec. Everything else is judged by the API server.
 */
record TemplateReader(Field template) {
  private static final List<String> OF_CONTAINER = List.of("securityContext", "lifecycle");

  void check() {
    mapping(template, "metadata");
    mapping(template.at("metadata"), "labels");
    mapping(template.at("metadata"), "annotations");
    mapping(template, "spec");
    Field pod = template.at("spec");
    mapping(pod, "securityContext");
    containers(pod.at("containers"));
    containers(pod.at("initContainers"));
    pod.at("volumes").items().forEach(TemplateReader::mapping);
  }

  private static void containers(Field containers) {
    for (Field container : containers.items()) {
      if (mapping(container)) {
        OF_CONTAINER.forEach(it -> mapping(container, it));
        container.at("env").items().forEach(TemplateReader::mapping);
        container.at("ports").items().forEach(TemplateReader::mapping);
      }
    }
  }

  private static void mapping(Field parent, String key) {
    Field field = parent.at(key);
    if (field.present()) {
      mapping(field);
    }
  }

  private static boolean mapping(Field field) {
    boolean is = field.node().isObject();
    if (!is) {
      field.expected("a mapping");
    }
    return is;
  }
}
