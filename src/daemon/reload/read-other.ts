/** Reads another configuration than that in force, for a command that shows what it would change. */
import { stat } from 'node:fs/promises';
import { CommandError } from '../../engine/api/commands.ts';
import type { Engine } from '../../engine/engine.ts';
import { readApart } from './read-apart.ts';
import { type ConfigRead, MAX_OCTETS } from './read-config.ts';

type Readable = Extract<ConfigRead, { readonly ok: true }>;

/**
 * @throws CommandError if the file cannot be used. Its errors are only counted: the caller may not be allowed to read
 *   what the daemon may read.
 */
export async function readOther(engine: Engine, file: string): Promise<Readable> {
  const found = await stat(file).catch(({ message }: Error) => message);
  if (typeof found === 'string') throw new CommandError(`the daemon cannot read ${file}: ${found}`);
  if (!found.isFile() || found.size > MAX_OCTETS) throw new CommandError(`${file} is not a configuration file`);
  const read = await readApart(file, engine.spec);
  if (read.ok) return read;
  const errors = read.count === 1 ? '1 error' : `${read.count} errors`;
  throw new CommandError(`${file} has ${errors}; \`reflectord check ${file}\` shows them`);
}
