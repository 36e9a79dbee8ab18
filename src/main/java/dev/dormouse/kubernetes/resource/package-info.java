/** The resource as a cluster has it, and what all of its objects are to each other. */
@NullMarked
package dev.dormouse.kubernetes.resource;

import org.jspecify.annotations.NullMarked;
