#!/usr/bin/perl
# A supervisor in the manner of systemd: listens, starts COMMAND when somebody connects, with the socket on descriptor 3
# (sd_listen_fds) and a socket to be told by (sd_notify), and keeps the listening socket when it ends. Prints what it hears.
# supervise.pl PORT NOTIFY_SOCKET WATCHDOG_USEC COMMAND...
use strict;
use warnings;
use Errno qw(EINTR);
use POSIX qw(WNOHANG);
use Socket;

my ($port, $path, $watchdog, @command) = @ARGV;
$| = 1;
$^F = 3;    # descriptor 3 stays open across exec
socket(my $clients, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($clients, SOL_SOCKET, SO_REUSEADDR, pack('l', 1)) or die "reuse: $!";
bind($clients, pack_sockaddr_in($port, INADDR_LOOPBACK)) or die "bind: $!";
listen($clients, 64) or die "listen: $!";
die "the socket is not descriptor 3" if fileno($clients) != 3;
socket(my $notes, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($notes, pack_sockaddr_un($path)) or die "bind $path: $!";

my $child = 0;
my $ending = 0;
$SIG{TERM} = sub { $ending = 1; kill 'TERM', $child if $child; };
print "supervising\n";
until ($ending && !$child) {
    my $wanted = '';
    vec($wanted, fileno($notes), 1) = 1;
    vec($wanted, fileno($clients), 1) = 1 unless $child || $ending;
    my $found = select(my $ready = $wanted, undef, undef, 0.05);
    if ($found > 0 && vec($ready, fileno($notes), 1)) {
        recv($notes, my $text, 4096, 0);
        print "told $_\n" for split /\n/, $text;
        next;
    }
    if ($child && waitpid($child, WNOHANG) == $child) {
        print 'ended ', $? >> 8, "\n";
        $child = 0;
        next;
    }
    if ($found > 0 && !$child && vec($ready, fileno($clients), 1)) {
        $child = fork // die "fork: $!";
        if (!$child) {
            $SIG{TERM} = 'DEFAULT';
            @ENV{qw(LISTEN_FDS LISTEN_FDNAMES LISTEN_PID)} = (1, 'listen', $$);
            @ENV{qw(NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID)} = ($path, $watchdog, $$);
            exec { $command[0] } @command or die "exec: $!";
        }
        print "started\n";
    }
}
