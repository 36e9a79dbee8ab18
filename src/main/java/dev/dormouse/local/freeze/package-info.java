/**
 * How processes are stopped, pushed out of memory and watched while they sleep, by Linux 5.10 and
 * newer. Foreign functions are loaded only where they are used. Begin with Freezer.
 */
@NullMarked
package dev.dormouse.local.freeze;

import org.jspecify.annotations.NullMarked;
