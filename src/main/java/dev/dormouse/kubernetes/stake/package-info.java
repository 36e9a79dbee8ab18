/**
 * The activators' side of the protocol: a stake is entered before anybody is let in, and stands
 * until the last one has left. Does not know the operator's. Begin with StakeHolder.
 */
@NullMarked
package dev.dormouse.kubernetes.stake;

import org.jspecify.annotations.NullMarked;
