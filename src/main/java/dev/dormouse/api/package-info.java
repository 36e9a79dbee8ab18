/** The {@code OnDemandService} resource and its reader: defaults, validation, regions. */
@NullMarked
package dev.dormouse.api;

import org.jspecify.annotations.NullMarked;
