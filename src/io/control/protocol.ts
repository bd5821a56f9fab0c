/**
 * The lines of the control socket, each one JSON object:
 *
 *   client: {"command":"show peers","arguments":{}}
 *   daemon: {"item":…}            none, one or many
 *   daemon: {"end":true}          or {"error":"what is wrong"}, which may follow items
 *
 * Requests on one connection are answered one after the other. Empty lines are ignored.
 */

/** Maximum length of a request line, in characters. */
export const MAX_REQUEST_LENGTH = 65_536;

export interface Request {
  readonly command: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

const ITEM_START = '{"item":';

/** The request of a line, or a sentence about the error in it. */
export function parseRequest(line: string): Request | string {
  const request = parseObject(line);
  if (request === null) return 'the request is not a JSON object on one line';
  const args = request.arguments ?? {};
  if (typeof request.command !== 'string') return 'the request has no "command" (a text)';
  if (!isObject(args)) return '"arguments" of the request is not an object';
  return { command: request.command, arguments: args };
}

export function requestLine(request: Request): string {
  return `${JSON.stringify(request)}\n`;
}

export function itemLine(item: unknown): string {
  return `${ITEM_START}${JSON.stringify(item) ?? 'null'}}\n`;
}

export const EMPTY_LINE = '\n';

export const END_LINE = '{"end":true}\n';

export function errorLine(error: string): string {
  return `${JSON.stringify({ error })}\n`;
}

/** One line of an answer; an item's JSON is left as text. */
type AnswerLine =
  | { readonly kind: 'item'; readonly json: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: string };

/** Reads a line of an answer; null: it is not one that reflectord writes. */
export function parseAnswerLine(line: string): AnswerLine | null {
  if (line.startsWith(ITEM_START) && line.endsWith('}'))
    return { kind: 'item', json: line.slice(ITEM_START.length, -1) };
  const answer = parseObject(line);
  if (answer === null) return null;
  if (answer.end === true) return { kind: 'end' };
  return typeof answer.error === 'string' ? { kind: 'error', error: answer.error } : null;
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
