package dev.dormouse.kubernetes.pass;

import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.util.Optional;

/** One object during one pass: patched, and read again after a patch that did not land. */
final class StatusSession {
  private final OperatorApi api;
  private final PassMemory memory;
  private final Optional<String> region;
  private ServiceObject object;
  private boolean failed;
  private boolean silent;

  StatusSession(OperatorApi api, PassMemory memory, Optional<String> region, ServiceObject object) {
    this.api = api;
    this.memory = memory;
    this.region = region;
    this.object = object;
  }

  PassMemory memory() {
    return memory;
  }

  Optional<String> region() {
    return region;
  }

  ServiceObject object() {
    return object;
  }

  StatusDocument status() {
    return object.status().orElseGet(StatusDocument::blank);
  }

  /** True if something did not work: there has to be another pass. */
  boolean hasFailed() {
    return failed;
  }

  /** True if the API server did not answer. */
  boolean isSilent() {
    return silent;
  }

  /** Something did not work because of the API server. */
  void fails() {
    failed = true;
    silent = true;
  }

  /** True if the patch has landed. If not, the object is what the API server has now. */
  boolean patch(JsonPatch patch) {
    return switch (api.patchStatus(object.id(), patch)) {
      case ApiResult.Ok<ServiceObject>(ServiceObject patched) -> {
        object = memory.newest(patched);
        yield true;
      }
      case ApiResult.Rejected<ServiceObject> _ -> {
        failed = true;
        reread();
        yield false;
      }
      case ApiResult.NotFound<ServiceObject> _ -> {
        failed = true;
        yield false;
      }
      case ApiResult.Unknown<ServiceObject> _ -> {
        fails();
        yield false;
      }
    };
  }

  private void reread() {
    if (api.get(object.id()) instanceof ApiResult.Ok<ServiceObject>(ServiceObject now)
        && memory.isOf(now)) {
      object = memory.newest(now);
    }
  }
}
