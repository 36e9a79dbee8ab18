/**
 * The pure decision: what a service is, who needs it, what runs, and what follows from the three.
 */
@NullMarked
package dev.dormouse.core;

import org.jspecify.annotations.NullMarked;
