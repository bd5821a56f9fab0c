/**
 * Tables for people. The first rows set the column widths, so that a table of a million rows is written while it
 * arrives; a wider value in a later row shifts only its own line.
 */
import type { Color, Output } from './output.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: 'right';
  readonly color?: (row: T) => Color | null;
}

/** Rows that are read before the first one is written. */
const SAMPLE_ROWS = 1000;
const GAP = '  ';
/** Maximum width of a column, or one long value would pad every line. */
const MAX_COLUMN_WIDTH = 60;
/** Maximum characters of a cell; the page of a single peer or prefix, and `--json`, show the whole value. */
const MAX_CELL_LENGTH = 300;

export class Table<T> {
  readonly #columns: readonly Column<T>[];
  readonly #output: Output;
  readonly #indent: string;
  #sample: T[] = [];
  #widths: number[] | null = null;

  constructor(columns: readonly Column<T>[], output: Output, indent = '') {
    this.#columns = columns;
    this.#output = output;
    this.#indent = indent;
  }

  async add(row: T): Promise<void> {
    if (this.#widths !== null) return this.#output.line(this.#line(row, this.#widths));
    this.#sample.push(row);
    if (this.#sample.length >= SAMPLE_ROWS) await this.end();
  }

  /** Writes the rows read so far; a table without rows is not written at all. More rows may follow. */
  async end(): Promise<void> {
    const rows = this.#sample;
    if (rows.length === 0) return;
    this.#sample = [];
    const widths = this.#columns.map(({ title, value }) =>
      rows.reduce((width, row) => Math.max(width, Math.min(value(row).length, MAX_COLUMN_WIDTH)), title.length),
    );
    this.#widths = widths;
    const head = this.#columns.map((column, n) => pad(column, column.title, widths[n]!));
    await this.#output.line(this.#output.paint(this.#join(head), 'bold'));
    for (const row of rows) await this.#output.line(this.#line(row, widths));
  }

  #line(row: T, widths: readonly number[]): string {
    return this.#join(
      this.#columns.map((column, n) => {
        const text = pad(column, cellOf(column.value(row)), widths[n]!);
        return this.#output.paint(text, column.color?.(row) ?? null);
      }),
    );
  }

  #join(cells: readonly string[]): string {
    return (this.#indent + cells.join(GAP)).trimEnd();
  }
}

/** The value, or its beginning and the number of characters left out. */
function cellOf(text: string): string {
  if (text.length <= MAX_CELL_LENGTH) return text;
  return `${text.slice(0, MAX_CELL_LENGTH)}… (${text.length - MAX_CELL_LENGTH} more)`;
}

function pad<T>(column: Column<T>, text: string, width: number): string {
  return column.align === 'right' ? text.padStart(width) : text.padEnd(width);
}

/** All rows of one table. */
export async function writeTable<T>(
  columns: readonly Column<T>[],
  rows: Iterable<T> | AsyncIterable<T>,
  output: Output,
  indent = '',
): Promise<number> {
  const table = new Table(columns, output, indent);
  let count = 0;
  for await (const row of rows) {
    await table.add(row);
    count++;
  }
  await table.end();
  return count;
}
