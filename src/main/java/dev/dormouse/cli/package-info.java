/** The commands. Each wires what it needs by hand, once. */
@NullMarked
package dev.dormouse.cli;

import org.jspecify.annotations.NullMarked;
