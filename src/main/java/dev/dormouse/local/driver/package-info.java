/**
 * Starts, watches, freezes and ends the processes of each service, and says how they are. What it
 * finds out is an observation; it decides nothing. Begin with LocalDriver, then ProcessRuntime.
 */
@NullMarked
package dev.dormouse.local.driver;

import org.jspecify.annotations.NullMarked;
