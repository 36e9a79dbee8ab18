/** The entry point: wires the parts by hand. */
@NullMarked
package dev.dormouse;

import org.jspecify.annotations.NullMarked;
