/** Examples of every command for its help, by its path; '' is the program. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  '': ['status', 'show peers --state down', 'explain 10.1.0.0/16 --peer leaf-1', 'show history 10.1.0.0/16', 'doctor'],
  run: ['run /etc/reflectord/reflectord.yaml'],
  check: ['check /etc/reflectord/reflectord.yaml', 'check new.yaml --json'],
  demo: ['demo', 'demo --once --loopback'],
  status: ['status', 'status --json'],
  show: ['show peers', 'show peer 192.0.2.1', 'show rib 10.1.0.0/16', 'show fib --failed', 'show events --since 1h'],
  'show peers': ['show peers --state down', 'show peers --group hosts --sort routes', 'show peers --json'],
  'show peer': [
    'show peer 192.0.2.1',
    'show peer leaf-1 rejected',
    'show peer leaf-1 advertised 10.1.0.0/16',
    'show peer leaf-1 received --count',
  ],
  'show rib': [
    'show rib 10.1.0.0/16',
    'show rib 10.0.0.0/8 longer community 65000:100',
    'show rib as-path "65001 *" --best',
    'show rib evpn rd 65000:1 --count',
    'show rib evpn mac 02:00:5e:00:00:01',
    'show rib vpnv4 10.1.2.3 route-target 65000:100',
    'show rib --rejected --peer leaf-1',
  ],
  explain: [
    'explain 10.1.0.0/16',
    'explain 10.1.0.0/16 --peer leaf-1',
    'explain 10.1.0.0/16 --from 192.0.2.1 --route "med: 5"',
  ],
  'show history': ['show history 10.1.0.0/16', 'show history 10.1.2.3', 'show history 10.0.0.0/8 or-longer --last 20'],
  'show fib': ['show fib', 'show fib --failed'],
  'show nexthops': ['show nexthops', 'show nexthops --unreachable'],
  'show attributes': ['show attributes'],
  'show groups': ['show groups'],
  'show cut': ['show cut'],
  'show bfd': ['show bfd'],
  'show policies': ['show policies'],
  'show damped': ['show damped', 'show damped --peer leaf-1'],
  'show refused': ['show refused'],
  'show memory': ['show memory'],
  'show events': [
    'show events --since 1h --type session',
    'show events --peer leaf-1 --last 20',
    'show events --type command --json',
  ],
  'show config': ['show config', 'show config leaf-1'],
  'show interfaces': ['show interfaces'],
  policy: ['policy test hosts-in --route "prefix: 10.1.0.0/16"', 'policy diff new.yaml'],
  'policy test': ['policy test hosts-in --route "prefix: 10.1.0.0/16, as-path: 65001"', 'policy test leaf-1 --live'],
  'policy diff': ['policy diff new.yaml', 'policy diff new.yaml --all'],
  watch: ['watch peers', 'watch routes 10.1.0.0/16', 'watch events --type session'],
  'watch peers': ['watch peers', 'watch peers --group hosts --seconds 5'],
  'watch routes': ['watch routes', 'watch routes 10.0.0.0/8 or-longer', 'watch routes --peer leaf-1'],
  'watch events': ['watch events', 'watch events --peer leaf-1'],
  debug: ['debug leaf-1 on', 'debug leaf-1 on --seconds 60', 'debug leaf-1 off'],
  capture: ['capture leaf-1 leaf-1.pcap', 'capture 192.0.2.1 long.pcap --seconds 600'],
  doctor: ['doctor', 'doctor --bundle support.tar.gz'],
  plan: ['plan /etc/reflectord/new.yaml'],
  reload: ['reload', 'reload --confirm 120', 'reload --confirmed', 'reload --undo'],
  reset: ['reset leaf-1', 'reset --group hosts', 'reset --all --message "key rollover"'],
  disable: ['disable leaf-1 --message "line card swap"'],
  enable: ['enable leaf-1'],
  clear: ['clear leaf-1 in', 'clear leaf-1 soft --family ipv4-unicast'],
  refresh: ['refresh leaf-1', 'refresh leaf-1 --family evpn'],
  drain: ['drain leaf-1', 'drain'],
  undrain: ['undrain leaf-1'],
  undamp: ['undamp 10.1.0.0/16', 'undamp --peer leaf-1'],
  stop: ['stop', 'stop --final --message "retired"'],
};

/** The examples of a command, as they are typed. */
export function examplesOf(path: string): readonly string[] {
  return (EXAMPLES[path] ?? []).map((example) => `reflectord ${example}`);
}

/** The text behind the help of a command. */
export function exampleText(path: string): string {
  const lines = examplesOf(path).map((example) => `  ${example}`);
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}`;
}
