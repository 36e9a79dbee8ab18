package dev.dormouse.admin;

import dev.dormouse.admin.metrics.OwnMemory;
import dev.dormouse.admin.metrics.Savings;
import dev.dormouse.budget.Budget;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What sleep saves, service by service, and what Dormouse costs: {@code /report}. Byte-seconds are
 * counted since the start. The sums are net; what is unknown counts as nothing, and is named.
 */
record SavingsReport(ServicesJson json, Savings savings, Budget budget) {
  String text(List<ServiceView> views, Instant now) {
    var cost = savings.own();
    long bytes = -cost.bytes().orElse(0);
    double removed = savings.removedByteSeconds();
    double byteSeconds = removed - cost.byteSeconds();
    for (ServiceView view : views) {
      var saving = savings.of(view.id());
      bytes += saving.bytes().orElse(0);
      byteSeconds += saving.byteSeconds();
    }
    var report = new LinkedHashMap<String, Object>();
    report.put("since", savings.since());
    report.put("seconds", Duration.between(savings.since(), now).toSeconds());
    report.put("savedBytes", bytes);
    report.put("savedByteSeconds", (long) byteSeconds);
    report.put("services", views.stream().map(this::service).toList());
    report.put("removedByteSeconds", (long) removed);
    report.put("dormouse", cost(cost));
    report.put("machine", machine());
    report.put("budget", kept());
    return json.text(report);
  }

  private Map<String, Object> service(ServiceView view) {
    var saving = savings.of(view.id());
    var service = new LinkedHashMap<String, Object>();
    service.put("name", view.id().name());
    service.put("namespace", view.id().namespace());
    service.put("phase", view.status().phase().word());
    service.put("memoryBytes", view.process().map(ProcessUsage::memoryBytes).orElse(0L));
    put(service, "awakeMemoryBytes", view.awakeBytes());
    put(service, "savedBytes", saving.bytes());
    service.put("savedByteSeconds", (long) saving.byteSeconds());
    return service;
  }

  private static Map<String, Object> cost(Savings.Cost cost) {
    var own = new LinkedHashMap<String, Object>();
    put(own, "memoryBytes", cost.bytes());
    own.put("byteSeconds", (long) cost.byteSeconds());
    return own;
  }

  /** What strangers may make it keep, what they do, and how many had to go for that. */
  private Map<String, Object> kept() {
    var kept = new LinkedHashMap<String, Object>();
    kept.put("bytes", budget.bytes());
    kept.put("usedBytes", budget.usedBytes());
    kept.put("shed", budget.shed());
    return kept;
  }

  private static Map<String, Object> machine() {
    var machine = new LinkedHashMap<String, Object>();
    put(machine, "memoryBytes", OwnMemory.MACHINE.bytes());
    put(machine, "availableBytes", OwnMemory.AVAILABLE.bytes());
    return machine;
  }

  private static void put(Map<String, Object> into, String name, OptionalLong value) {
    value.ifPresent(it -> into.put(name, it));
  }
}
