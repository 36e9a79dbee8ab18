package dev.dormouse.navigator;

import java.util.Optional;

/** Takes the paths of one of Navigator's reverse proxies over. */
record Routes(Notes notes, Optional<String> region) {
  /** Whether any path could be taken over. */
  boolean read(Node proxy, ProxyTarget target, Draft draft) {
    Node path = proxy.at("path");
    Optional<String> prefix = proxy.at("prefix").text();
    boolean any;
    if (path.text().isPresent()) {
      any = pattern(path, target, draft);
    } else if (prefix.filter(it -> it.matches("/[\\w./~-]*")).isPresent()) {
      any = prefix(proxy, prefix.get(), target, draft);
    } else {
      notes.add(proxy, "has no path that can be taken over");
      any = false;
    }
    if (proxy.at("strip_path").isTrue() && path.text().isPresent()) {
      notes.add(proxy.at("strip_path"), "has no effect on WebSockets with path, also in Navigator");
    }
    return any;
  }

  private boolean pattern(Node path, ProxyTarget target, Draft draft) {
    PathPattern.Reading reading = PathPattern.read(path.json().asText(), region);
    for (String remark : reading.remarks()) {
      if (reading.paths().isEmpty()) {
        notes.add(path, "cannot be expressed: " + remark);
      } else {
        notes.add(path, remark);
        draft.comment(path, remark);
      }
    }
    for (PathPattern.Path each : reading.paths()) {
      add(each.text(), upstream(path, each, target, draft), draft);
    }
    return !reading.paths().isEmpty();
  }

  /** Navigator takes the target's path for a WebSocket only if it was put together from groups. */
  private String upstream(Node where, PathPattern.Path path, ProxyTarget target, Draft draft) {
    if (target.path().contains("$")) {
      String filled = path.fill(target.path());
      draft.passedOn.add(filled);
      return filled;
    }
    boolean own = target.path().isEmpty() || target.path().equals("/");
    if (!own && !target.path().equals(path.text())) {
      String what = "Navigator ignores " + target.path() + " in the target of a WebSocket";
      draft.comment(where, what + "; it is meant, and used here");
      notes.add(where, what + "; the manifest uses it");
    }
    return own ? path.text() : target.path();
  }

  private boolean prefix(Node proxy, String prefix, ProxyTarget target, Draft draft) {
    String what = "only " + prefix + " itself is taken over, not what is below it";
    notes.add(proxy.at("prefix"), what);
    draft.comment(proxy.at("prefix"), what);
    boolean strips = proxy.at("strip_path").isTrue();
    String stripped = target.path().replaceAll("/$", "") + "/";
    if (strips) {
      draft.passedOn.add(stripped);
    }
    add(prefix, strips ? stripped : prefix, draft);
    return true;
  }

  private void add(String path, String upstream, Draft draft) {
    Optional<String> other = Optional.of(upstream).filter(it -> !it.equals(path));
    Optional<String> before = draft.routes.putIfAbsent(path, other);
    if (before != null && !before.equals(other)) {
      notes.add(draft.program.node(), path + " leads to two paths; the first holds");
    }
  }
}
