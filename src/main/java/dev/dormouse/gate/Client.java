package dev.dormouse.gate;

import java.time.Instant;

/**
 * One who is connected, as people see it.
 *
 * @param address as far as it is to be believed
 * @param userAgent what it said of itself; empty if nothing
 * @param since when it was connected
 * @param monitor whether it counts for nothing
 * @param receivedBytes what it has sent, behind its handshake
 * @param sentBytes what it was sent
 * @param lastByte when either last sent anything
 */
public record Client(
    String address,
    String userAgent,
    Instant since,
    boolean monitor,
    long receivedBytes,
    long sentBytes,
    Instant lastByte) {}
