// Builds the site from docs/. Usage: node scripts/site/build.mjs [FOLDER], by default into .cache/site; with PAGE_SCREENSHOTS, the folder into which
// the browser tests wrote pictures of the page, the site shows them. No dependencies but Python's (requirements.txt), Node >= 18.
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../node.mjs';
import { pinnedVenv } from '../servers/pinned-venv.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PICTURES = 'pictures-of-the-page';
const LINK = /\]\((?!https?:|mailto:|#)([^)\s#]+)/g;

async function main() {
  const out = process.argv[2] ?? join(ROOT, '.cache', 'site');
  const programs = await pinnedVenv('site', join(HERE, 'requirements.txt'));
  const stage = mkdtempSync(join(tmpdir(), 'minio-manager-site-'));
  try {
    cpSync(join(ROOT, 'docs'), join(stage, 'docs'), { recursive: true });
    addPictures(stage, process.env.PAGE_SCREENSHOTS);
    for (const page of readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }))
      if (page.endsWith('.md')) follow(stage, `docs/${page}`);
    rmSync(out, { recursive: true, force: true });
    await sphinx(programs, stage, out);
    // the index of docs/ is the first page
    writeFileSync(join(out, 'index.html'), '<meta http-equiv="refresh" content="0; url=docs/README.html">\n');
    console.log(`The site is in ${out}`);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Adds what a page links to outside of docs/, so that the link leads somewhere. @param {string} stage @param {string} page */
function follow(stage, page) {
  const text = readFileSync(join(stage, page), 'utf8').replace(/^```.*?^```$/gms, '');
  for (const [, link = ''] of text.matchAll(LINK)) {
    const target = normalize(join(dirname(page), link));
    const from = join(ROOT, target);
    if (target.startsWith('..') || existsSync(join(stage, target)) || !existsSync(from)) continue;
    cpSync(from, join(stage, target), { recursive: true });
    if (target.endsWith('.md')) follow(stage, target);
  }
}

/** @param {string} stage @param {string | undefined} folder */
function addPictures(stage, folder) {
  if (!folder) return;
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.png'))
    .sort();
  if (names.length === 0) throw new Error('PAGE_SCREENSHOTS has no pictures');
  const to = join(stage, 'docs', PICTURES);
  mkdirSync(to);
  for (const name of names) cpSync(join(folder, name), join(to, name));
  const shown = names.map(
    (name) => `## \`${addressOf(name)}\`\n\n![${addressOf(name)}](${PICTURES}/${name})\n`,
  );
  writeFileSync(
    `${to}.md`,
    `# Pictures of the page\n\nEach address of the [page](page.md), with the data of the demo.\n\n${shown.join('\n')}`,
  );
}

/** The test writes `/ui/admin/users` as `admin-users.png`. @param {string} name */
function addressOf(name) {
  const path = basename(name, '.png');
  return path === 'home' ? '/ui/' : `/ui/${path.replaceAll('-', '/')}`;
}

async function sphinx(programs, stage, out) {
  const args = [
    '-b',
    'html',
    '-W',
    '--keep-going',
    '-q',
    '-c',
    HERE,
    '-d',
    join(stage, '.doctrees'),
    stage,
    out,
  ];
  const env = {
    PATH: process.env.PATH,
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONHASHSEED: '0',
  };
  try {
    await promisify(execFile)(join(programs, 'sphinx-build'), args, { env, cwd: stage });
  } catch (error) {
    throw new Error(
      `${error.stdout ?? ''}${error.stderr ?? ''}`.replaceAll(`${stage}/`, '').trim() || error.message,
    );
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
