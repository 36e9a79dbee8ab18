# A WebSocket server that says nothing: usage perl echo.pl WORD [BOOT_SECONDS] [deaf-to-TERM]
# With LISTENING in its environment it adds to that file when it began to listen, in nanoseconds of the monotonic clock.
# Answers GET /up with 503 until BOOT_SECONDS have passed; with the third argument BOOT is before it listens.
use strict;
use Digest::SHA 'sha1_base64';
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time clock_gettime CLOCK_MONOTONIC);
my ($word, $boot, $how) = (@ARGV, 0, '');
my $ready = time + $boot;
$SIG{TERM} = 'IGNORE' if $how =~ /deaf/;
select undef, undef, undef, $boot if $how =~ /slow/;
my $listener = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT}, Listen => 50, ReuseAddr => 1)
  or die "cannot bind: $!\n";
if ($ENV{LISTENING}) {
  my $now = clock_gettime(CLOCK_MONOTONIC);
  open my $file, '>>', $ENV{LISTENING} or die "cannot write: $!\n";
  printf $file "%.0f\n", $now * 1e9;
}
my $select = IO::Select->new($listener);
while (1) {
  for my $socket ($select->can_read) {
    if ($socket == $listener) {
      my $client = $listener->accept or next;
      my $head = '';
      while ($head !~ /\r\n\r\n/) { sysread $client, $head, 4096, length $head or last }
      if ($head =~ /^Sec-WebSocket-Key: *(\S+)/mi) {
        my $accept = sha1_base64($1 . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';
        syswrite $client, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          . "Sec-WebSocket-Accept: $accept\r\n\r\n";
        $select->add($client);
      } else {
        syswrite $client, 'HTTP/1.1 ' . (time < $ready ? '503 Not Yet' : '200 OK') . "\r\nContent-Length: 0\r\n\r\n";
        close $client;
      }
    } elsif (!sysread $socket, my $ignored, 65536) {
      $select->remove($socket);
      close $socket;
    }
  }
}
