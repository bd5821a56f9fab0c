/**
 * Prints what a load did to the event loop, from the metrics of the daemon, as a sample like those of bgpload: delays in
 * milliseconds, and the longest turn with its work. Usage: node loop.mjs URL
 */
const text = await (await fetch(process.argv[2])).text();

function* samples(name, label) {
  const line = new RegExp(`^reflectord_${name}\\{${label}="([^"]*)"\\} (\\S+)$`, 'gm');
  for (const [, key, value] of text.matchAll(line)) yield [key, Number(value) * 1000];
}

const delays = Object.fromEntries(samples('event_loop_delay_seconds', 'statistic'));
const [work, longest] = [...samples('longest_turn_seconds', 'work')].reduce((most, each) => (each[1] > most[1] ? each : most), ['', 0]);
console.log(JSON.stringify({ phase: 'loop', p999_ms: delays.p999, max_ms: delays.max, turn_ms: longest, work }));
