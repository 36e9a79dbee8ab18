package dev.dormouse.e2e;

import org.junit.jupiter.api.Tag;

/** The promises on a real cluster. */
@Tag("cluster")
class ClusterPromisesIT extends PromiseSuite {
  @Override
  Stage open() {
    return new ClusterStage();
  }
}
