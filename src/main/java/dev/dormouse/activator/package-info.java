/** The data path: holds upgrades, dials woken workloads, relays tunnels. */
@NullMarked
package dev.dormouse.activator;

import org.jspecify.annotations.NullMarked;
