import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../scripts/node.mjs';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PAGES = [
  'README.md',
  'clients/python/README.md',
  ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ...readdirSync(join(ROOT, 'docs/adr')).map((name) => `docs/adr/${name}`),
];

/** The targets of links and pictures within the repository, without code blocks. */
function linksOf(page: string): string[] {
  const prose = read(page).replace(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that headings of a page get. */
function anchorsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documentation', () => {
  it.each(PAGES)('has no link into nothing: %s', (page) => {
    for (const link of linksOf(page)) {
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? join(ROOT, page) : join(ROOT, dirname(page), file);
      expect([link, existsSync(path)]).toEqual([link, true]);
      if (anchor !== undefined) expect(anchorsOf(path)).toContain(anchor);
    }
  });

  it.each(PAGES)('names no file that is not there: %s', (page) => {
    const named = [...read(page).matchAll(/`((?:test|src|scripts|providers|docs)\/[\w./-]+)`/g)];
    const missing = named.flatMap(([, path = '']) => (existsSync(join(ROOT, path)) ? [] : [path]));
    expect(missing).toEqual([]);
  });

  it('names every page of docs/ in its index', () => {
    const linked = linksOf('docs/README.md');
    for (const page of PAGES.filter((each) => /^docs\/[^/]+\.md$/.test(each) && each !== 'docs/README.md'))
      expect(linked).toContain(page.slice('docs/'.length));
  });

  it('has every setting of the service in the table, and no others', () => {
    const [environment = ''] =
      /^export class Environment \{.*?^\}/ms.exec(read('src/config/environment.ts')) ?? [];
    const settings = [...environment.matchAll(/(?:^|\s)([A-Z][A-Z0-9_]+)[?!]?:/gm)].map(([, name]) => name);
    const rows = [...read('docs/configuration.md').matchAll(/^\| (`.*?) \|/gm)].map(
      ([, names = '']) => names,
    );
    const documented = rows.flatMap((names) =>
      // an alias is in parentheses
      [...names.replace(/\(.*?\)/g, '').matchAll(/`([A-Z0-9_]+)`/g)].map(([, name]) => name),
    );
    expect(settings.length).toBeGreaterThan(40);
    expect(documented.sort()).toEqual(settings.sort());
  });
});
