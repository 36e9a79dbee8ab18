/**
 * The objects that a service has on a cluster, as they should be. Pure: nothing is read or written
 * here. Begin with Drafts.
 */
@NullMarked
package dev.dormouse.kubernetes.objects;

import org.jspecify.annotations.NullMarked;
