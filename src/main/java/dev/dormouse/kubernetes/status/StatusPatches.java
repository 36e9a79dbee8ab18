package dev.dormouse.kubernetes.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Every write of a status, as the patch whose tests make the API server the arbiter between an
 * arrival and a stop. Each tests the uid, so that it cannot land on another object of the same
 * name.
 *
 * <pre>
 * operation      also tests                       writes
 * init           resourceVersion                  the whole status, {@code stakes: {}}, a new epoch
 * stake          the epoch as read                the own entry
 * refresh        own session and seq              the own entry
 * unstake        own session and seq              removes the own entry; quietSince
 * idle stop      resourceVersion; no stakes       Stopping, the next epoch, no endpoint
 * forced stop    resourceVersion                  Draining or Stopping, no endpoint
 * other writes   resourceVersion                  what changed, never {@code stakes}
 * void a stake   its session and seq              removes it; quietSince
 * </pre>
 */
public final class StatusPatches {
  private static final String STAKES = "stakes";

  private StatusPatches() {}

  /** The first status of an object, or one after its status was lost. */
  public static JsonPatch init(ServiceObject base, StatusDocument first) {
    return onVersion(base).add("/status", first.toJson()).build();
  }

  /** Enters a stake. Fails if the epoch has changed since the object was read. */
  public static JsonPatch stake(ServiceObject read, ActivatorId me, Stake stake) {
    long epoch = read.status().map(StatusDocument::epoch).orElse(0L);
    return onUid(read)
        .test("/status/epoch", epoch)
        .add(path(me.key()), StatusWriter.stake(stake))
        .build();
  }

  /** Replaces a stake by the next one of the same process. */
  public static JsonPatch refresh(ServiceObject read, ActivatorId me, Stake old, Stake next) {
    return onStake(read, me.key(), old).replace(path(me.key()), StatusWriter.stake(next)).build();
  }

  /**
   * Removes a stake of the same process.
   *
   * @param quietSince another value than any before
   */
  public static JsonPatch unstake(
      ServiceObject read, ActivatorId me, Stake stake, String quietSince) {
    return remove(read, me.key(), stake, quietSince);
  }

  /**
   * Removes the stake of a process that is gone.
   *
   * @param quietSince another value than any before
   */
  public static JsonPatch voidStake(
      ServiceObject read, String key, Stake stake, String quietSince) {
    return remove(read, key, stake, quietSince);
  }

  /** What a stop for idleness writes: only if nobody has a stake, and nothing else has changed. */
  public static JsonPatch idleStop(ServiceObject decidedOn, StatusDocument stopping) {
    var patch = onVersion(decidedOn).test("/status/stakes", JsonNodeFactory.instance.objectNode());
    changes(decidedOn, stopping, patch);
    return patch.build();
  }

  /** What any other write of an operator changes; empty if it is nothing. */
  public static Optional<JsonPatch> write(ServiceObject base, StatusDocument next) {
    if (base.status().filter(next::equals).isPresent()) {
      return Optional.empty();
    }
    var patch = onVersion(base);
    return changes(base, next, patch) ? Optional.of(patch.build()) : Optional.empty();
  }

  private static JsonPatch remove(ServiceObject read, String key, Stake stake, String quietSince) {
    return onStake(read, key, stake)
        .remove(path(key))
        .add("/status/quietSince", JsonNodeFactory.instance.textNode(quietSince))
        .build();
  }

  private static boolean changes(ServiceObject base, StatusDocument next, JsonPatch.Builder patch) {
    ObjectNode before = base.status().orElseGet(StatusDocument::blank).toJson();
    ObjectNode after = next.toJson();
    var fields = new TreeSet<String>();
    before.fieldNames().forEachRemaining(fields::add);
    after.fieldNames().forEachRemaining(fields::add);
    fields.remove(STAKES);
    boolean changed = false;
    for (String field : fields) {
      JsonNode old = before.get(field);
      JsonNode now = after.get(field);
      if (!Objects.equals(old, now)) {
        changed = true;
        if (now == null) {
          // Another version may have written it in another form only, and a patch cannot remove
          // what is not there.
          patch.add("/status/" + field, old).remove("/status/" + field);
        } else {
          patch.add("/status/" + field, now);
        }
      }
    }
    return changed;
  }

  private static JsonPatch.Builder onUid(ServiceObject read) {
    return new JsonPatch.Builder().test("/metadata/uid", read.uid());
  }

  private static JsonPatch.Builder onVersion(ServiceObject read) {
    return onUid(read).test("/metadata/resourceVersion", read.resourceVersion());
  }

  private static JsonPatch.Builder onStake(ServiceObject read, String key, Stake stake) {
    return onUid(read)
        .test(path(key) + "/session", stake.session())
        .test(path(key) + "/seq", stake.seq());
  }

  private static String path(String key) {
    return "/status/" + STAKES + "/" + JsonPatch.escape(key);
  }
}
