/** Fakes and builders that all tests share: time, executors, workloads, specs. */
@NullMarked
package dev.dormouse.testing;

import org.jspecify.annotations.NullMarked;
