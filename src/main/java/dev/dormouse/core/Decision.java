package dev.dormouse.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The outcome of one pass: a value, applied elsewhere.
 *
 * @param rule the row of the table that matched
 * @param action what happens to the workload
 * @param waiters what happens to held upgrades
 * @param nextStop when an idle workload will be stopped if nobody comes
 * @param recheckAfter when the decision can change by time alone; empty if only an event changes it
 */
public record Decision(
    Rule rule,
    Action action,
    Waiters waiters,
    Phase phase,
    Condition active,
    Condition ready,
    Optional<Instant> nextStop,
    Optional<Duration> recheckAfter) {}
