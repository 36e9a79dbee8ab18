/**
 * Writes a service's objects and replicas, and gives back what was borrowed. Begin with
 * OwnedObjects.
 */
@NullMarked
package dev.dormouse.kubernetes.apply;

import org.jspecify.annotations.NullMarked;
