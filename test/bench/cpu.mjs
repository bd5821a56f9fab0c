/** What a process has cost so far. */
import { readFileSync } from 'node:fs';

/** CPU seconds of a process, those in the kernel included, to a hundredth. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
