/** Where the checkout and its cache are. */
import { resolve } from 'node:path';

export const REPOSITORY = resolve(__dirname, '../..');
/** Unpacked daemons, build marks and captures; never committed. */
export const CACHE = resolve(REPOSITORY, '.cache');
