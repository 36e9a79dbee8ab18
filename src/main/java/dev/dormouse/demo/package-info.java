/**
 * What {@code dormouse demo} shows: a sample cable server, its manifest, and a page to try both.
 */
@NullMarked
package dev.dormouse.demo;

import org.jspecify.annotations.NullMarked;
