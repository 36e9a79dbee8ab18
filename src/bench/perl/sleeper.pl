# A backend that is up in milliseconds, so that what a wake costs is not drowned by its boot.
# Environment: PORT; LISTENING, a file to which it adds when it began to listen, in nanoseconds of the monotonic clock.
use strict;
use Digest::SHA 'sha1_base64';
use IO::Socket::INET;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 50, ReuseAddr => 1)
  or die "cannot bind: $!\n";
my $now = clock_gettime(CLOCK_MONOTONIC);
open my $file, '>>', $ENV{LISTENING} or die "cannot write: $!\n";
printf $file "%.0f\n", $now * 1e9;
close $file;
while (my $client = $listener->accept) {
  my $head = '';
  while ($head !~ /\r\n\r\n/) { sysread $client, $head, 4096, length $head or last }
  if ($head =~ /^Sec-WebSocket-Key: *(\S+)/mi) {
    my $accept = sha1_base64($1 . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';
    syswrite $client, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      . "Sec-WebSocket-Accept: $accept\r\n\r\n";
    1 while sysread $client, my $ignored, 65536;
  }
  close $client;
}
