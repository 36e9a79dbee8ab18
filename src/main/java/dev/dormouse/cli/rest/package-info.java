/**
 * How the process itself rests: naps, what a nap leaves to the next, and the end of a machine that
 * nobody needs. Begin with NapLoop.
 */
@NullMarked
package dev.dormouse.cli.rest;

import org.jspecify.annotations.NullMarked;
