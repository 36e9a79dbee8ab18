/**
 * How lines are formatted and written; standard output may be stuck, and nothing else is for that.
 * Begin with LogSetup.
 */
@NullMarked
package dev.dormouse.logging;

import org.jspecify.annotations.NullMarked;
