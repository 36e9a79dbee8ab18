/**
 * What the head of a request says: who sends it, whether it is a WebSocket handshake, what may be
 * passed on, and why it is refused. Knows nothing of routes and gates. Begin with Handshake.
 */
@NullMarked
package dev.dormouse.activator.head;

import org.jspecify.annotations.NullMarked;
