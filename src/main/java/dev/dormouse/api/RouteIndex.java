package dev.dormouse.api;

import dev.dormouse.api.spec.ClaimedRoute;
import dev.dormouse.core.PathForm;
import dev.dormouse.core.RoutePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who has which routes, so that it costs little to say who has a request in common with one more. A
 * route without a host is there for every host. Adding or asking costs a look for each {@link
 * PathForm} that the paths of a host have, however many routes there are. Not thread-safe.
 *
 * @param <T> who can have a route
 */
public final class RouteIndex<T> {
  private final Map<String, Paths<T>> byHost = new HashMap<>();
  private final Paths<T> hostless = new Paths<>();
  private final List<Had<T>> had = new ArrayList<>();
  private @Nullable Paths<T> hosted;

  /** A route that somebody has. */
  public record Had<T>(ClaimedRoute route, T by, int order) {}

  /** Whether two paths that match the same request may be beside one another. */
  private interface Beside {
    boolean fits(PathForm asked, PathForm had);
  }

  /** Gives a route to somebody. */
  public void add(ClaimedRoute route, T by) {
    var next = new Had<>(route, by, had.size());
    had.add(next);
    if (route.host().isEmpty()) {
      hostless.add(next);
      return;
    }
    byHost.computeIfAbsent(route.host(), _ -> new Paths<>()).add(next);
    if (hosted != null) {
      hosted.add(next);
    }
  }

  /**
   * The first that was given to another than {@code but} and that this one cannot stand beside, as
   * {@link dev.dormouse.core.RoutePattern#conflictsWith} says.
   */
  public Optional<Had<T>> rival(ClaimedRoute route, T but) {
    Beside same = (asked, had) -> asked.isExceptionTo(had) || had.isExceptionTo(asked);
    if (route.host().isEmpty()) {
      return first(
          hostless.rival(route.path(), but, same),
          hosted().rival(route.path(), but, (asked, had) -> had.isExceptionTo(asked)));
    }
    return first(
        there(route.host()).rival(route.path(), but, same),
        hostless.rival(route.path(), but, (asked, had) -> asked.isExceptionTo(had)));
  }

  /** The first that was given to another and has a request in common with this one, of its host. */
  public Optional<Had<T>> overlap(ClaimedRoute route, T but) {
    return Optional.ofNullable(there(route.host()).rival(route.path(), but, (_, _) -> false));
  }

  /** Those of every host: made when the first route without a host asks for them. */
  private Paths<T> hosted() {
    Paths<T> made = hosted;
    if (made == null) {
      made = new Paths<>();
      for (Had<T> it : had) {
        if (!it.route().host().isEmpty()) {
          made.add(it);
        }
      }
      hosted = made;
    }
    return made;
  }

  private Paths<T> there(String host) {
    Paths<T> there = byHost.get(host);
    return there == null ? new Paths<>() : there;
  }

  /** All that were given of a host. */
  public List<Had<T>> at(String host) {
    return there(host).byForm.values().stream().flatMap(it -> it.entries.stream()).toList();
  }

  /** How many forms the paths of a host would have with this one. */
  public int forms(ClaimedRoute route) {
    return (route.host().isEmpty() ? hostless : there(route.host())).forms(route.path().form());
  }

  private static <T> Optional<Had<T>> first(@Nullable Had<T> a, @Nullable Had<T> b) {
    return Optional.ofNullable(earlier(a, b));
  }

  private static <T> @Nullable Had<T> earlier(@Nullable Had<T> a, @Nullable Had<T> b) {
    return a == null || (b != null && b.order() < a.order()) ? b : a;
  }

  /** The paths of one host. */
  private static final class Paths<T> {
    private final Map<PathForm, Alike<T>> byForm = new LinkedHashMap<>();

    void add(Had<T> had) {
      byForm.computeIfAbsent(had.route().path().form(), _ -> new Alike<>()).add(had);
    }

    int forms(PathForm with) {
      return byForm.size() + (byForm.containsKey(with) ? 0 : 1);
    }

    @Nullable Had<T> rival(RoutePath path, T but, Beside beside) {
      Had<T> first = null;
      for (var alike : byForm.entrySet()) {
        if (path.form().meets(alike.getKey()) && !beside.fits(path.form(), alike.getKey())) {
          String words = path.words(alike.getKey()).orElse(null);
          if (words != null) {
            first = earlier(first, alike.getValue().rival(path.form(), words, but));
          }
        }
      }
      return first;
    }
  }

  /** Paths of one form. What others of a form must know of them is kept once they have asked. */
  private static final class Alike<T> {
    private final List<Had<T>> entries = new ArrayList<>();
    private final Map<PathForm, Map<String, Pair<T>>> known = new HashMap<>();

    void add(Had<T> had) {
      entries.add(had);
      known.forEach((form, byWords) -> put(byWords, form, had));
    }

    @Nullable Had<T> rival(PathForm form, String words, T but) {
      Map<String, Pair<T>> byWords = known.get(form);
      if (byWords == null) {
        byWords = new HashMap<>();
        for (Had<T> entry : entries) {
          put(byWords, form, entry);
        }
        known.put(form, byWords);
      }
      Pair<T> pair = byWords.get(words);
      return pair == null ? null : pair.first.by().equals(but) ? pair.second : pair.first;
    }

    private static <T> void put(Map<String, Pair<T>> byWords, PathForm form, Had<T> had) {
      String words = had.route().path().words(form).orElse(null);
      if (words != null) {
        Pair<T> pair = byWords.get(words);
        if (pair == null) {
          byWords.put(words, new Pair<>(had));
        } else if (pair.second == null && !pair.first.by().equals(had.by())) {
          pair.second = had;
        }
      }
    }
  }

  /** The first, and the first of another: enough for anybody to find another than himself. */
  private static final class Pair<T> {
    private final Had<T> first;
    private @Nullable Had<T> second;

    Pair(Had<T> first) {
      this.first = first;
    }
  }
}
