/** What strangers may make this process keep in memory. Knows nothing of networks. */
@NullMarked
package dev.dormouse.budget;

import org.jspecify.annotations.NullMarked;
