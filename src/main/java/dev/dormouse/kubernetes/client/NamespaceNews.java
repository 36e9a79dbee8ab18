package dev.dormouse.kubernetes.client;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.HostClaims;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What there is to know of namespaces, on its way to a catalog.
 *
 * @param changed told which services may stand otherwise now
 */
public record NamespaceNews(Catalog catalog, Consumer<Set<ServiceId>> changed)
    implements Namespaces.Listener {
  @Override
  public void seen(String name, Map<String, String> annotations) {
    changed.accept(
        catalog.namespace(name, Optional.ofNullable(annotations.get(HostClaims.ANNOTATION))));
  }

  @Override
  public void gone(String name) {
    changed.accept(catalog.namespaceGone(name));
  }

  @Override
  public void unreadable() {
    catalog.namespacesAreUnreadable();
  }
}
