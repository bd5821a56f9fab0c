# reflectord completion for fish
# Made by `npm run generate`; do not edit.

function __reflectord_peers
    reflectord show peers --json 2>/dev/null | sed -n 's/^{"address":"\([0-9A-Za-z.:%_-]*\)".*/\1/p'
end

# Whether the line so far is this command, and has so many arguments (any number, if none is given).
function __reflectord_at
    set -l command
    set -l operands 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --socket --family --peer --message
                set skip 1
            case '-*'
            case '*'
                if contains -- (string join ' ' $command $word) 'run' 'check' 'demo' 'show' 'show peers' 'show peer' 'show rib' 'show fib' 'show groups' 'show cut' 'show bfd' 'show damped' 'show refused' 'show memory' 'status' 'explain' 'undamp' 'refresh' 'reset' 'drain' 'undrain' 'reload' 'stop'
                    set -a command $word
                else
                    set operands (math $operands + 1)
                end
        end
    end
    test "$command" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test $operands = $argv[2]
end

complete -c reflectord -f
complete -c reflectord -n '__reflectord_at \'\' 0' -a run -d 'run the daemon with this configuration, in the foreground'
complete -c reflectord -n '__reflectord_at \'\' 0' -a check -d 'read a configuration and say everything that is wrong with it'
complete -c reflectord -n '__reflectord_at \'\' 0' -a demo -d 'see it work: two hosts and a switch, built in, on this machine'
complete -c reflectord -n '__reflectord_at \'\' 0' -a show -d 'what the daemon knows'
complete -c reflectord -n '__reflectord_at \'\' 0' -a status -d 'the daemon at a glance'
complete -c reflectord -n '__reflectord_at \'\' 0' -a explain -d 'who is told of a prefix, and why the others are not'
complete -c reflectord -n '__reflectord_at \'\' 0' -a undamp -d 'forget that prefixes have flapped: what was suppressed is used again'
complete -c reflectord -n '__reflectord_at \'\' 0' -a refresh -d 'ask a peer for its routes again (RFC 2918)'
complete -c reflectord -n '__reflectord_at \'\' 0' -a reset -d 'close the session with a peer; it comes back'
complete -c reflectord -n '__reflectord_at \'\' 0' -a drain -d 'send all routes with GRACEFUL_SHUTDOWN (RFC 8326), so that packets go elsewhere before this router stops'
complete -c reflectord -n '__reflectord_at \'\' 0' -a undrain -d 'send routes as usual again'
complete -c reflectord -n '__reflectord_at \'\' 0' -a reload -d 'read the configuration again, as SIGHUP does, and say what that changed'
complete -c reflectord -n '__reflectord_at \'\' 0' -a stop -d 'stop the daemon in an orderly way; peers with graceful restart keep its routes for a while'
complete -c reflectord -n '__reflectord_at \'\'' -s V -l version -d 'the version'
complete -c reflectord -n '__reflectord_at \'\'' -l socket -d 'control socket of the daemon (or REFLECTORD_SOCKET) (default: "/run/reflectord/control.sock")' -r -F
complete -c reflectord -n '__reflectord_at \'\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'run\' 0' -F
complete -c reflectord -n '__reflectord_at \'run\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'check\' 0' -F
complete -c reflectord -n '__reflectord_at \'check\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'demo\'' -l once -d 'end by itself once every route was seen everywhere'
complete -c reflectord -n '__reflectord_at \'demo\'' -l loopback -d 'stay on loopback addresses, also as root'
complete -c reflectord -n '__reflectord_at \'demo\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a peers -d 'all peers, a line each'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a peer -d 'everything about one peer'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a rib -d 'routes: all, those of a prefix, or those that an address takes (longest match)'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a fib -d 'routes that are wanted of the kernel, and the kernel\'s answers'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a groups -d 'update groups and their members'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a cut -d 'prefixes with more paths than ADD-PATH sends (`add-path` limit)'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a bfd -d 'BFD with the peers that have it, a line each'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a damped -d 'prefixes that have flapped, and until when they are suppressed (RFC 2439)'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a refused -d 'addresses whose connections were turned away last, and why'
complete -c reflectord -n '__reflectord_at \'show\' 0' -a memory -d 'memory by table'
complete -c reflectord -n '__reflectord_at \'show\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show peers\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show peers\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show peer\' 0' -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'show peer\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show peer\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show rib\'' -l family -d 'only this family, such as ipv4-unicast' -x
complete -c reflectord -n '__reflectord_at \'show rib\'' -l peer -d 'only paths from this peer' -x -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'show rib\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show rib\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show fib\'' -l failed -d 'only those that the kernel refused'
complete -c reflectord -n '__reflectord_at \'show fib\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show fib\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show groups\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show groups\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show cut\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show cut\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show bfd\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show bfd\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show damped\'' -l peer -d 'only those of this peer' -x -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'show damped\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show damped\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show refused\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show refused\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'show memory\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'show memory\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'status\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'status\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'explain\'' -l peer -d 'only this peer' -x -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'explain\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'explain\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'undamp\'' -l peer -d 'only those of this peer' -x -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'undamp\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'undamp\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'refresh\' 0' -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'refresh\'' -l family -d 'only this family, such as ipv4-unicast' -x
complete -c reflectord -n '__reflectord_at \'refresh\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'refresh\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'reset\' 0' -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'reset\'' -l message -d 'words for the peers\' operators, of at most 255 octets (RFC 9003)' -x
complete -c reflectord -n '__reflectord_at \'reset\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'reset\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'drain\' 0' -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'drain\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'drain\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'undrain\' 0' -a '(__reflectord_peers)'
complete -c reflectord -n '__reflectord_at \'undrain\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'undrain\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'reload\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'reload\'' -s h -l help -d 'this text'
complete -c reflectord -n '__reflectord_at \'stop\'' -l final -d 'no restart follows: peers are told to give the routes up at once'
complete -c reflectord -n '__reflectord_at \'stop\'' -l message -d 'words for the peers\' operators, of at most 255 octets (RFC 9003)' -x
complete -c reflectord -n '__reflectord_at \'stop\'' -l json -d 'a JSON array instead of text'
complete -c reflectord -n '__reflectord_at \'stop\'' -s h -l help -d 'this text'
