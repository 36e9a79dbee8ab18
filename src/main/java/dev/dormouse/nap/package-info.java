/**
 * Dormouse's own sleep: the process becomes the shell that it was started with, and later comes
 * back. Delete this package and Dormouse is larger while nothing happens, never wrong.
 */
@NullMarked
package dev.dormouse.nap;

import org.jspecify.annotations.NullMarked;
