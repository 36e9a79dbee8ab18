package dev.dormouse.kubernetes.client;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.function.Consumer;

/**
 * What to do about the objects that an informer shows: where it makes no difference whether one is
 * new or has changed.
 *
 * @param there told of an object as it is now
 * @param gone told of one as it was last
 * @param nothing told that there is none at all
 */
public record Watcher<T>(Consumer<T> there, Consumer<T> gone, Runnable nothing)
    implements ResourceEventHandler<T> {
  /** One that does not care when there are none. */
  public Watcher(Consumer<T> there, Consumer<T> gone) {
    this(there, gone, () -> {});
  }

  /** One to which all changes are alike. */
  public static <T> Watcher<T> ofAnyChange(Runnable changed) {
    return new Watcher<>(_ -> changed.run(), _ -> changed.run(), changed);
  }

  @Override
  public void onAdd(T object) {
    there.accept(object);
  }

  @Override
  public void onUpdate(T before, T object) {
    there.accept(object);
  }

  @Override
  public void onDelete(T object, boolean lastStateUnknown) {
    gone.accept(object);
  }

  @Override
  public void onNothing() {
    nothing.run();
  }
}
