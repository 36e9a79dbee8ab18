package dev.dormouse.activator;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * A server that echoes messages, answers PINGs, and fails a connection at the first byte that
 * breaks the protocol, with code 1002 and a reason of its own, as {@code ws} and others do.
 */
final class StrictEcho implements Upstream.Script {
  static final String REASON = "Invalid WebSocket frame";

  @Override
  public void play(Wire wire) throws IOException {
    Upstream.accept(wire);
    serve(wire);
  }

  private static void serve(Wire wire) throws IOException {
    var in = new DataInputStream(wire.socket().getInputStream());
    var message = new ByteArrayOutputStream();
    int begun = 0;
    try {
      while (true) {
        int first = in.readUnsignedByte();
        int opcode = first & 0xF;
        boolean control = opcode > 7;
        boolean known = control ? opcode <= 0xA : opcode <= 2 && (opcode == 0) == (begun != 0);
        if ((first & 0x70) != 0 || !known || (control && first < 0x80)) {
          fail(wire, in);
          return;
        }
        int code = in.readUnsignedByte() & 0x7F;
        if (control && code > 125) {
          fail(wire, in);
          return;
        }
        long length = code == 126 ? in.readUnsignedShort() : code == 127 ? in.readLong() : code;
        byte[] payload = new byte[Math.toIntExact(length)];
        int mask = in.readInt();
        in.readFully(payload);
        for (int i = 0; i < payload.length; i++) {
          payload[i] ^= (byte) (mask >>> (24 - i % 4 * 8));
        }
        if (opcode == 8) {
          wire.send(Frame.of(0x88, payload).bytes()).socket().shutdownOutput();
          return;
        } else if (opcode == 9) {
          wire.send(Frame.of(0x8A, payload).bytes());
        } else if (!control) {
          begun = opcode == 0 ? begun : opcode;
          message.writeBytes(payload);
          if (first > 0x7F) {
            wire.send(Frame.of(0x80 | begun, message.toByteArray()).bytes());
            message.reset();
            begun = 0;
          }
        }
      }
    } catch (EOFException _) {
      wire.close();
    }
  }

  private static void fail(Wire wire, InputStream in) throws IOException {
    byte[] payload = ("\3\u00ea" + REASON).getBytes(StandardCharsets.ISO_8859_1);
    wire.send(Frame.of(0x88, payload).bytes()).socket().shutdownOutput();
    in.skipNBytes(Long.MAX_VALUE); // to close with input unread would reset its last words
    wire.close();
  }
}
