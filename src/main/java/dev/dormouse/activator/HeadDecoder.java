package dev.dormouse.activator;

import dev.dormouse.intake.BodyReader;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.util.Optional;

/** Decodes heads of requests, of which it gets nothing but whole ones. */
final class HeadDecoder extends HttpRequestDecoder {
  private Optional<BodyReader> framing = Optional.empty();

  /** A decoder for heads that have been found small enough. */
  HeadDecoder(int maxBytes) {
    super(new HttpDecoderConfig().setMaxInitialLineLength(maxBytes).setMaxHeaderSize(maxBytes));
  }

  /** What tells where the body behind the last head ends; empty if that is ambiguous. */
  Optional<BodyReader> framing() {
    return framing;
  }

  /** For the decoder there is no body. It changes the fields that tell of one behind this. */
  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    framing = Framing.ofRequest(message.headers(), message.protocolVersion());
    return true;
  }

  /** They stay, to be refused. */
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {}
}
