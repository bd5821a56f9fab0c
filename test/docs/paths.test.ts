/** Files, folders and sections that the documentation names exist. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../lab/paths.ts';
import { PAGES, proseOf, readPage } from './pages.ts';

test.each([...PAGES, 'CHANGELOG.md'])('every path of this repository that %s names is there', (page) => {
  const text = readPage(page);
  const named = [...text.matchAll(/`((?:src|test|docs|config|systemd)\/[\w./-]*)`/g)].map(([, path]) => path);
  expect([...new Set(named)].filter((path) => !existsSync(join(REPOSITORY, path)))).toEqual([]);
});

test.each(PAGES)('every link of %s leads to a file, and to a section of it', (page) => {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  const dead = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(page, link));
  expect(dead).toEqual([]);
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path, section] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path!);
  if (!existsSync(join(REPOSITORY, target))) return false;
  return section === undefined || sectionsOf(target).includes(section);
}

/** Names of the sections as GitHub makes them of headings. */
function sectionsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ +(.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
