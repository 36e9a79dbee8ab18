package dev.dormouse.local;

import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.Action;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Workload;

/** A driver that is another one, for all that is not overridden. */
class ForwardingDriver implements WorkloadDriver {
  private final WorkloadDriver driver;

  ForwardingDriver(WorkloadDriver driver) {
    this.driver = driver;
  }

  @Override
  public Workload observe(ServiceId id) {
    return driver.observe(id);
  }

  @Override
  public void apply(ServiceId id, ServiceSpec spec, Action action) {
    driver.apply(id, spec, action);
  }
}
