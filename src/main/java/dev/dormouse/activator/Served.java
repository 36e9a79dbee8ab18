package dev.dormouse.activator;

import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.gate.Gate;

/** One service as the activator knows it. The gate stays the same when the spec changes. */
public record Served(ServiceId id, ServiceSpec spec, Gate gate) {}
