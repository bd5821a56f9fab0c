/**
 * Tables for people. Column widths come from the first rows, so that a table of a million rows is written as it arrives;
 * a later value that is wider shifts its own line only.
 */
import type { Color, Output } from './output.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: 'right';
  readonly color?: (row: T) => Color | null;
}

/** Rows that are looked at before the first is written. */
const SAMPLE_ROWS = 1000;
const GAP = '  ';
/** A column is not made wider for a value beyond this, or one long value would pad every line. */
const WIDEST_COLUMN = 60;
/** Characters of a cell that are shown; the page of the one thing, and `--json`, have the whole. */
const LONGEST_CELL = 300;

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

  /** Writes what waits; a table without rows is not written at all. More rows may follow. */
  async end(): Promise<void> {
    const rows = this.#sample;
    if (rows.length === 0) return;
    this.#sample = [];
    const widths = this.#columns.map(({ title, value }) =>
      rows.reduce((width, row) => Math.max(width, Math.min(value(row).length, WIDEST_COLUMN)), title.length),
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

/** The value, or its beginning and how much of it is left out. */
function cellOf(text: string): string {
  return text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL)}… (${text.length - LONGEST_CELL} more)`;
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
