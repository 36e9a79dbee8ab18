/**
 * What activators and operator say to each other: the status of the object, its stakes, and patches
 * that hold only for the state that they were made from. Pure. Begin with StatusDocument.
 */
@NullMarked
package dev.dormouse.kubernetes.status;

import org.jspecify.annotations.NullMarked;
