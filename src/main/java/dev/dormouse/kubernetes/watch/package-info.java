/**
 * What the informers show of pods, targets and nodes, in the words of the protocol. Begin with
 * PodViews.
 */
@NullMarked
package dev.dormouse.kubernetes.watch;

import org.jspecify.annotations.NullMarked;
