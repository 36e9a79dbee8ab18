/** The shell around the decision that both runtimes share: observe, decide, apply. */
@NullMarked
package dev.dormouse.control;

import org.jspecify.annotations.NullMarked;
