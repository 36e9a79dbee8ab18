package dev.dormouse.local;

import dev.dormouse.core.Demand;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.gate.Admission;

/** Another admission, unless overridden. */
class ForwardingAdmission implements Admission {
  private final Admission gate;

  ForwardingAdmission(Admission gate) {
    this.gate = gate;
  }

  @Override
  public Demand demand() {
    return gate.demand();
  }

  @Override
  public boolean withdrawIfQuiet(Demand decidedOn) {
    return gate.withdrawIfQuiet(decidedOn);
  }

  @Override
  public boolean withdrawIfSilent(Demand decidedOn) {
    return gate.withdrawIfSilent(decidedOn);
  }

  @Override
  public void withdraw() {
    gate.withdraw();
  }

  @Override
  public void apply(Waiters waiters) {
    gate.apply(waiters);
  }

  @Override
  public void drain(StopReason reason) {
    gate.drain(reason);
  }
}
