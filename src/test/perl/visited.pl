# A WebSocket server that greets with a word: perl -e THIS WORD [BOOT_SECONDS]. Listens on $HOST:$PORT after
# BOOT_SECONDS; "fail" instead of a word ends it with 3, "deaf" lets it answer nobody. It echoes nothing and reads
# until its client leaves.
use strict;
use Digest::SHA 'sha1_base64';
use IO::Select;
use IO::Socket::INET;
my ($word, $boot) = (@ARGV, 0);
$SIG{TERM} = sub { exit 0 };
select undef, undef, undef, $boot;
if ($word eq 'fail') { print STDERR "no database\n"; exit 3 }
my $listener = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT}, Listen => 100, ReuseAddr => 1)
  or die "cannot bind: $!\n";
if ($word eq 'deaf') { sleep 1 while 1 }
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
          . "Sec-WebSocket-Accept: $accept\r\n\r\n" . pack('CC', 0x81, length $word) . $word;
        $select->add($client);
      } else {
        close $client;
      }
    } elsif (!sysread $socket, my $ignored, 65536) {
      $select->remove($socket);
      close $socket;
    }
  }
}
