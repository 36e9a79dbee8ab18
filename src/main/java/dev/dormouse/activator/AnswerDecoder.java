package dev.dormouse.activator;

import dev.dormouse.intake.BodyReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import java.util.List;
import java.util.Optional;

/** Decodes a workload's answer, and knows a server that speaks TLS by its first byte. */
final class AnswerDecoder extends HttpResponseDecoder {
  private static final int MAX_LINE_BYTES = 8 * 1024;

  /** Of the workload's answer, which is not a stranger's. */
  private static final int MAX_HEAD_BYTES = 64 * 1024;

  /** Content types of TLS records, from change_cipher_spec to application_data: RFC 8446, 5.1. */
  private static final int FIRST_TLS_TYPE = 20;

  private static final int LAST_TLS_TYPE = 23;

  private boolean begun;
  private boolean headsOnly;

  /** What comes is no head: it passes as it is. */
  private boolean passing;

  private Optional<BodyReader> framing = Optional.empty();

  /** What is told to the next handler instead of an answer. */
  enum Verdict {
    SPEAKS_TLS
  }

  AnswerDecoder() {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEAD_BYTES)
            .setAllowDuplicateContentLengths(true)); // if they are equal (RFC 9112, 6.3)
    setCumulator(AnswerDecoder::join);
  }

  /** Whether any byte has come. */
  boolean hasBegun() {
    return begun;
  }

  /** Reads the heads of one answer, interim ones too; what follows the last one passes as it is. */
  void readHeadsOnly() {
    headsOnly = true;
    passing = false;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (passing) {
      out.add(in.readRetainedSlice(in.readableBytes()));
    } else {
      super.decode(ctx, in, out);
    }
  }

  /** What tells where the body behind the last head ends; empty if that is ambiguous. */
  Optional<BodyReader> framing() {
    return framing;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    if (headsOnly) {
      framing = Framing.ofAnswer(message.headers(), message.protocolVersion());
      passing =
          message instanceof HttpResponse answer
              && answer.status().codeClass() != HttpStatusClass.INFORMATIONAL;
    }
    return headsOnly || super.isContentAlwaysEmpty(message);
  }

  /** They stay, to be refused. */
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    if (!headsOnly) {
      super.handleTransferEncodingChunkedWithContentLength(message);
    }
  }

  /** Copies: a head that is not complete must not keep a whole {@link ReadBuffer}. */
  private static ByteBuf join(ByteBufAllocator allocator, ByteBuf before, ByteBuf more) {
    try {
      int bytes = before.readableBytes() + more.readableBytes();
      return allocator.heapBuffer(bytes).writeBytes(before).writeBytes(more);
    } finally {
      before.release();
      more.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
    if (!begun && msg instanceof ByteBuf in && in.isReadable()) {
      begun = true;
      byte first = in.getByte(in.readerIndex());
      if (first >= FIRST_TLS_TYPE && first <= LAST_TLS_TYPE) {
        in.release();
        ctx.fireUserEventTriggered(Verdict.SPEAKS_TLS);
        return;
      }
    }
    super.channelRead(ctx, msg);
  }
}
