/** A tar archive (POSIX ustar) of small text files, compressed with gzip. */
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** The archive. Names have at most 100 ASCII characters. @param atMs time of the files since the epoch */
export function tarGz(files: ReadonlyMap<string, string>, atMs: number): Buffer {
  const parts = [...files].flatMap(([name, text]) => {
    const bytes = Buffer.from(text);
    return [header(name, bytes.length, atMs), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]));
}

function header(name: string, size: number, atMs: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(name, 0, 100, 'ascii');
  block.write(octal(0o600, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(Math.floor(atMs / 1000), 12), 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
