package dev.dormouse.local;

import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.Action;
import dev.dormouse.core.Company;
import dev.dormouse.core.Demand;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Admission;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Mistakes that the simulation must find, each with the promise that it breaks. */
enum PlantedBug {
  NONE(0),

  /** A wake between the last look and SIGSTOP is lost. */
  WAKE_LOST_AT_THE_SIGNAL(2, SimSleeper.Flaw.NO_LAST_LOOK),

  /** A duplicate of a server's socket is kept after the thaw. */
  DUPLICATE_KEPT(5, SimSleeper.Flaw.DUPLICATE_KEPT),

  /** A heartbeat is taken for activity. */
  HEARTBEAT_TAKEN_FOR_ACTIVITY(5, SimSleeper.Flaw.HEARTBEAT_COUNTS),

  /** A doze while a send queue is not empty. */
  DOZE_OVER_A_SEND_QUEUE(1, SimSleeper.Flaw.BACKLOG_UNTOLD),

  /** What its watch saw of a sleeper is not told. */
  ALARM_UNHEARD(2) {
    @Override
    WorkloadDriver plantInDriver(WorkloadDriver driver) {
      return new ForwardingDriver(driver) {
        @Override
        public Workload observe(ServiceId id) {
          return super.observe(id) instanceof Workload.Frozen it
              ? new Workload.Frozen(it.since(), it.revision(), it.dependencyRestarted())
              : super.observe(id);
        }
      };
    }
  },

  /** The idle stop does not look again whether anybody came. */
  STOP_WITHOUT_COMPARE_AND_SET(1) {
    @Override
    Admission plantInGate(Admission gate) {
      return new ForwardingAdmission(gate) {
        @Override
        public boolean withdrawIfQuiet(Demand decidedOn) {
          withdraw();
          return true;
        }
      };
    }
  },

  /** The idle stop looks only at who is there, not at who was since it was decided. */
  STOP_COMPARES_WITH_LATER_DEMAND(6) {
    @Override
    Admission plantInGate(Admission gate) {
      return new ForwardingAdmission(gate) {
        @Override
        public boolean withdrawIfQuiet(Demand decidedOn) {
          return super.withdrawIfQuiet(demand());
        }
      };
    }
  },

  /** Whoever is connected past the gate is not seen. */
  DIRECT_CLIENTS_UNSEEN(1) {
    @Override
    WorkloadDriver plantInDriver(WorkloadDriver driver) {
      return new ForwardingDriver(driver) {
        @Override
        public Workload observe(ServiceId id) {
          return super.observe(id) instanceof Workload.Ready it
              ? new Workload.Ready(
                  it.since(),
                  it.revision(),
                  it.endpoint(),
                  it.company().map(c -> Company.UNSEEN.after(c.lookedAt(), 0, "")),
                  it.rest())
              : super.observe(id);
        }
      };
    }
  },

  /** Whoever waits for a start that failed is never told. */
  WAITERS_FORGOTTEN_ON_FAILURE(2) {
    @Override
    Admission plantInGate(Admission gate) {
      return new ForwardingAdmission(gate) {
        @Override
        public void apply(Waiters waiters) {
          super.apply(waiters instanceof Waiters.RefuseHopeless ? new Waiters.Hold() : waiters);
        }
      };
    }
  },

  /** The ready workload is not told to those who wait already. */
  WAITERS_NOT_ADMITTED(2) {
    @Override
    Admission plantInGate(Admission gate) {
      return new ForwardingAdmission(gate) {
        @Override
        public void apply(Waiters waiters) {
          boolean quiet = demand() instanceof Demand.Known k && !k.any();
          super.apply(
              waiters instanceof Waiters.Admit && !quiet ? new Waiters.Unchanged() : waiters);
        }
      };
    }
  },

  /** What has just been started is not seen yet, so it is started again. */
  SECOND_START_WHILE_STARTING(3) {
    @Override
    WorkloadDriver plantInDriver(WorkloadDriver driver) {
      return new ForwardingDriver(driver) {
        @Override
        public Workload observe(ServiceId id) {
          Workload seen = super.observe(id);
          return seen instanceof Workload.Starting ? new Workload.Absent() : seen;
        }
      };
    }
  },

  /** What is frozen is taken for ready: dialled without a thaw, and put to sleep again. */
  FROZEN_TAKEN_FOR_READY(4) {
    @Override
    WorkloadDriver plantInDriver(WorkloadDriver driver) {
      return new ForwardingDriver(driver) {
        @Override
        public Workload observe(ServiceId id) {
          return super.observe(id) instanceof Workload.Frozen(Instant since, String revision, _, _)
              ? new Workload.Ready(since, revision, Optional.of(new Endpoint("127.0.0.1", 1)))
              : super.observe(id);
        }
      };
    }
  },

  /** The thaw is reported, but nothing is resumed. */
  THAW_THAT_DOES_NOTHING(2) {
    @Override
    WorkloadDriver plantInDriver(WorkloadDriver driver) {
      return new ForwardingDriver(driver) {
        @Override
        public void apply(ServiceId id, ServiceSpec spec, Action action) {
          if (!(action instanceof Action.Thaw)) {
            super.apply(id, spec, action);
          }
        }
      };
    }
  },

  /** The idle stop is refused though nobody is there, and tried again at once. */
  IDLE_STOP_THAT_NEVER_WINS(7) {
    @Override
    Admission plantInGate(Admission gate) {
      return new ForwardingAdmission(gate) {
        @Override
        public boolean withdrawIfQuiet(Demand decidedOn) {
          return false;
        }
      };
    }
  },

  /** The driver has an idle clock of its own: a second decision beside the core's. */
  SECOND_DECISION_BESIDE_THE_CORE(1) {
    @Override
    WorkloadDriver plantInDriver(WorkloadDriver driver) {
      return new ForwardingDriver(driver) {
        private final Map<ServiceId, ServiceSpec> told = new HashMap<>();
        private final Map<ServiceId, Integer> looks = new HashMap<>();

        @Override
        public Workload observe(ServiceId id) {
          Workload seen = super.observe(id);
          ServiceSpec spec = told.get(id);
          boolean ready = seen instanceof Workload.Ready;
          if (ready && spec != null && looks.merge(id, 1, Integer::sum) > MANY_LOOKS) {
            looks.remove(id);
            super.apply(id, spec, new Action.Stop(StopReason.IDLE));
          }
          return seen;
        }

        @Override
        public void apply(ServiceId id, ServiceSpec spec, Action action) {
          told.put(id, spec);
          super.apply(id, spec, action);
        }
      };
    }
  },

  /** The idle stop is reported, but nothing is done. */
  IDLE_STOP_THAT_DOES_NOTHING(5) {
    @Override
    WorkloadDriver plantInDriver(WorkloadDriver driver) {
      return new ForwardingDriver(driver) {
        @Override
        public void apply(ServiceId id, ServiceSpec spec, Action action) {
          if (!action.equals(new Action.Stop(StopReason.IDLE))) {
            super.apply(id, spec, action);
          }
        }
      };
    }
  };

  private static final int MANY_LOOKS = 6;

  final int promise;
  final SimSleeper.Flaw flaw;

  PlantedBug(int promise) {
    this(promise, SimSleeper.Flaw.NONE);
  }

  PlantedBug(int promise, SimSleeper.Flaw flaw) {
    this.promise = promise;
    this.flaw = flaw;
  }

  Admission plantInGate(Admission gate) {
    return gate;
  }

  WorkloadDriver plantInDriver(WorkloadDriver driver) {
    return driver;
  }
}
