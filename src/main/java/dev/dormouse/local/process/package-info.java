/**
 * What Linux says of processes and sockets, and how they are asked to end: /proc, signals, trees,
 * ports. Knows nothing of services. Begin with ProcFs.
 */
@NullMarked
package dev.dormouse.local.process;

import org.jspecify.annotations.NullMarked;
