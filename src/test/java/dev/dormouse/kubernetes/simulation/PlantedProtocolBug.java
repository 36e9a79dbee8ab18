package dev.dormouse.kubernetes.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.core.FailureReason;
import dev.dormouse.kubernetes.pass.Activators;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.stake.StakeLedger;
import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.Stake;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.util.Map;
import java.util.function.Predicate;

/** Mistakes in the protocol that the simulation must find. */
enum PlantedProtocolBug {
  NONE,

  /** The idle stop does not look whether anybody has a stake, or anything has changed. */
  IDLE_STOP_WITHOUT_TEST {
    @Override
    JsonPatch plantInOperator(JsonPatch patch) {
      return isIdleStop(patch)
          ? without(patch, it -> isOp(it, "test") && !path(it).equals("/metadata/uid"))
          : patch;
    }
  },

  /** The removal of a stake takes whatever stake is there. */
  UNSTAKE_WITHOUT_SESSION_AND_SEQ {
    @Override
    JsonPatch plantInActivator(JsonPatch patch) {
      return removes(patch)
          ? without(patch, it -> isOp(it, "test") && path(it).startsWith("/status/stakes"))
          : patch;
    }
  },

  /** A stop leaves the address in the status. */
  ENDPOINT_LEFT_BY_THE_STOP {
    @Override
    JsonPatch plantInOperator(JsonPatch patch) {
      return without(patch, it -> isOp(it, "remove") && path(it).startsWith("/status/endpoint"));
    }
  },

  /** A start does not mind what happened since a cache saw what it starts. */
  UNFENCED_SCALE_TO_ONE {
    @Override
    Scale plantInScaleWrite(Scale scale, Scale present) {
      return scale.replicas() > 0 ? new Scale(present.resourceVersion(), scale.replicas()) : scale;
    }
  },

  /** Scaling to zero does not mind what happened since it was decided. */
  UNFENCED_SCALE_TO_ZERO {
    @Override
    Scale plantInScaleWrite(Scale scale, Scale present) {
      return scale.replicas() == 0 ? new Scale(present.resourceVersion(), 0) : scale;
    }
  },

  /**
   * A stake does not mind in which epoch it lands: the patch does not test it, and of the answer
   * only the stake is looked at. Either check makes up for the other.
   */
  STAKE_WITHOUT_EPOCH {
    @Override
    JsonPatch plantInActivator(JsonPatch patch) {
      return without(patch, it -> isOp(it, "test") && path(it).equals("/status/epoch"));
    }

    @Override
    StakeLedger ledger(ActivatorId me) {
      return new StakeLedger(me) {
        @Override
        public void answered(ApiResult<ServiceObject> outcome) {
          super.answered(
              outcome instanceof ApiResult.Ok<ServiceObject>(ServiceObject seen)
                  ? new ApiResult.Ok<>(status().map(it -> withStakesOf(seen, it)).orElse(seen))
                  : outcome);
        }
      };
    }
  },

  /** Whoever arrives while a stake is being removed is let in on it. */
  RIDING_ON_A_STAKE_UNDER_REMOVAL {
    @Override
    StakeLedger ledger(ActivatorId me) {
      return new StakeLedger(me) {
        @Override
        public boolean stands() {
          return isEntered();
        }
      };
    }
  },

  /** Nobody is told of a pod that does not answer. */
  DEAFNESS_UNTOLD {
    @Override
    StakeLedger ledger(ActivatorId me) {
      return new StakeLedger(me) {
        @Override
        public void complain(FailureReason reason) {}
      };
    }
  },

  /** The stake of an activator that exists expires when its Lease does. */
  STAKES_EXPIRE_BY_TIME {
    @Override
    Activators.Existence plantInExistence(Activators.Existence existence) {
      return Activators.Existence.CANNOT_BE_TOLD;
    }
  };

  JsonPatch plantInActivator(JsonPatch patch) {
    return patch;
  }

  StakeLedger ledger(ActivatorId me) {
    return new StakeLedger(me);
  }

  JsonPatch plantInOperator(JsonPatch patch) {
    return patch;
  }

  Scale plantInScaleWrite(Scale scale, Scale present) {
    return scale;
  }

  Activators.Existence plantInExistence(Activators.Existence existence) {
    return existence;
  }

  static boolean isIdleStop(JsonPatch patch) {
    return has(patch, it -> isOp(it, "test") && path(it).equals("/status/stakes"));
  }

  private static ServiceObject withStakesOf(ServiceObject seen, StatusDocument known) {
    Map<String, Stake> stakes = seen.status().flatMap(StatusDocument::stakes).orElseGet(Map::of);
    return seen.withStatus(known.withStakes(stakes, known.quietSince().orElse("")));
  }

  private static boolean removes(JsonPatch patch) {
    return has(patch, it -> isOp(it, "remove") && path(it).startsWith("/status/stakes"));
  }

  private static boolean has(JsonPatch patch, Predicate<JsonNode> which) {
    return patch.operations().valueStream().anyMatch(which);
  }

  private static JsonPatch without(JsonPatch patch, Predicate<JsonNode> which) {
    ArrayNode rest = JsonNodeFactory.instance.arrayNode();
    patch.operations().valueStream().filter(which.negate()).forEach(rest::add);
    return new JsonPatch(rest);
  }

  private static boolean isOp(JsonNode operation, String name) {
    return operation.get("op").textValue().equals(name);
  }

  private static String path(JsonNode operation) {
    return operation.get("path").textValue();
  }
}
