/** What people read on a terminal. Begin with StatusTable. */
@NullMarked
package dev.dormouse.cli.tables;

import org.jspecify.annotations.NullMarked;
