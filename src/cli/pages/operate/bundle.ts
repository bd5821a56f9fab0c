/** `doctor --bundle`: the state of the daemon in one file without passwords, for the support. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { isSecretKey } from '../../../config/problems/secrets.ts';
import type { CommandArguments, CommandName } from '../../../engine/api/commands.ts';
import type { StatusView } from '../../../engine/api/daemon-views.ts';
import type { FindingView } from '../../../engine/api/operator-commands.ts';
import { ControlClientError, request } from '../../../io/control/client.ts';
import { tarGz } from '../../text/tar.ts';

/** Latest events in the bundle. */
const EVENTS = 5000;
const MASK = '***';
/** Keys of a password that say where it is. */
const SOURCES = ['file', 'env'];

/** Writes the file, readable for its owner only. @returns the names in it @throws ControlClientError */
export async function writeBundle(path: string, socket: string, findings: readonly FindingView[]): Promise<string[]> {
  const files = new Map<string, string>();
  files.set('doctor.json', json(findings));
  const add = async <C extends CommandName>(name: string, command: C, args: CommandArguments[C]) => {
    const items: unknown[] = [];
    for await (const item of request(socket, command, args)) items.push(item);
    files.set(name, json(items));
    return items;
  };
  const [status] = await add('status.json', 'status', {});
  await add('peers.json', 'show peers', {});
  await add('groups.json', 'show groups', {});
  await add('memory.json', 'show memory', {});
  await add('refused.json', 'show refused', {});
  await add('events.json', 'show events', { last: EVENTS });
  const { configPath } = status as StatusView;
  files.set('reflectord.yaml', readMasked(configPath));
  try {
    writeFileSync(path, tarGz(files, Date.now()), { mode: 0o600 });
  } catch (error) {
    throw new ControlClientError(`cannot write ${path}: ${(error as Error).message}`);
  }
  return [...files.keys()];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

function readMasked(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return `# ${path} cannot be read: ${(error as Error).message}\n`;
  }
  return maskSecrets(text) ?? `# ${path} has errors, so its passwords cannot be masked\n`;
}

/**
 * The configuration with its passwords masked, and without comments, which may have others; null: it cannot be read, and so
 * they cannot be found.
 */
export function maskSecrets(text: string): string | null {
  const document = parseDocument(text, { uniqueKeys: false });
  if (document.errors.length > 0) return null;
  const strip = (node: { comment?: string | null; commentBefore?: string | null }) => {
    node.comment = null;
    node.commentBefore = null;
  };
  strip(document);
  visit(document, {
    Node: (_, node) => strip(node),
    Pair: (_, { key, value }) => {
      if (isScalar(key) && isSecretKey(String(key.value))) maskValue(document, value);
    },
  });
  return document.toString();
}

/** Masks a secret value, also where an alias takes it from. A password in a file or in the environment is only its name. */
function maskValue(document: Document.Parsed, value: unknown): void {
  if (isAlias(value)) maskValue(document, value.resolve(document));
  else if (isScalar(value)) value.value = MASK;
  else if (isSeq(value)) for (const item of value.items) maskValue(document, item);
  else if (isMap(value)) {
    for (const { key, value: inside } of value.items) {
      if (!isScalar(key) || !SOURCES.includes(String(key.value))) maskValue(document, inside);
    }
  }
}
