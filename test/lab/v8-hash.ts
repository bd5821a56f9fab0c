/** Computed keys for V8's `Map` and `Set`: it hashes number keys with a fixed function (`ComputeUnseededHash`). */

/** The first `count` words from 1 up that share a bucket in every `Map` of up to four times as many entries. */
export function wordsOfOneBucket(count: number): number[] {
  const mask = 2 ** Math.ceil(Math.log2(count * 4)) - 1;
  const words = new Array<number>(count);
  let found = 0;
  for (let word = 1; found < count; word++) if ((hash(word) & mask) === 5) words[found++] = word;
  return words;
}

function hash(word: number): number {
  let mixed = (~word + (word << 15)) | 0;
  mixed ^= mixed >>> 12;
  mixed = (mixed + (mixed << 2)) | 0;
  mixed ^= mixed >>> 4;
  mixed = (mixed * 2057) | 0;
  return mixed ^ (mixed >>> 16);
}
