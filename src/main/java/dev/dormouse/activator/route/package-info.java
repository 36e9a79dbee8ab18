/**
 * Which service a host and a path lead to, and what of it the data path has to know. Begin with
 * RouteTable.
 */
@NullMarked
package dev.dormouse.activator.route;

import org.jspecify.annotations.NullMarked;
