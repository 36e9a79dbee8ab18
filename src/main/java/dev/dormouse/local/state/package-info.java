/**
 * What must survive Dormouse: the state directory, its lock, a file a service. Knows nothing of how
 * services run. Begin with StateDirectory.
 */
@NullMarked
package dev.dormouse.local.state;

import org.jspecify.annotations.NullMarked;
