/** What is counted and measured, as Prometheus reads it. Begin with Metrics. */
@NullMarked
package dev.dormouse.admin.metrics;

import org.jspecify.annotations.NullMarked;
