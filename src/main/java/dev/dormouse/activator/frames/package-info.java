/**
 * WebSocket frames as far as a tunnel has to understand them (RFC 6455, 5): where they begin and
 * end, and which of them are heartbeats. Begin with FrameScanner.
 */
@NullMarked
package dev.dormouse.activator.frames;

import org.jspecify.annotations.NullMarked;
