/** The admission point of one service inside one activator: who waits, who is connected. */
@NullMarked
package dev.dormouse.gate;

import org.jspecify.annotations.NullMarked;
