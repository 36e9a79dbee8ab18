/**
 * Makes Dormouse smaller and its first wakes faster. Delete this package and what calls it, and
 * Dormouse is slower or larger, never wrong. Begin with SelfPageOut.
 */
@NullMarked
package dev.dormouse.footprint;

import org.jspecify.annotations.NullMarked;
