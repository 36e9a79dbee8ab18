/** What an activator does beside the data path: services, stakes, its lease. */
@NullMarked
package dev.dormouse.kubernetes.activator;

import org.jspecify.annotations.NullMarked;
