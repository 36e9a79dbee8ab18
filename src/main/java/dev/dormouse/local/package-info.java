/** One machine: workloads as processes, how they are started, watched and ended. Linux only. */
@NullMarked
package dev.dormouse.local;

import org.jspecify.annotations.NullMarked;
