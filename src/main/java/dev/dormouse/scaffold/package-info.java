/**
 * What an app's own files say about its WebSocket server, and a first manifest made of that: from
 * files to clues to a proposal, without touching the disk.
 */
@NullMarked
package dev.dormouse.scaffold;

import org.jspecify.annotations.NullMarked;
