/**
 * Services as processes of one machine: which there are, and when each is looked at and decided.
 * Knows how processes are driven by one interface only. Begin with LocalController.
 */
@NullMarked
package dev.dormouse.local;

import org.jspecify.annotations.NullMarked;
