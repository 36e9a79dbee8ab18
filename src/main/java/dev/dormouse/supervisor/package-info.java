/** What is agreed with whoever started this process: the protocols of systemd, without systemd. */
@NullMarked
package dev.dormouse.supervisor;

import org.jspecify.annotations.NullMarked;
