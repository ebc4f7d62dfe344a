// Puts the packages that dist/ imports into one file, dist/packages/all.js, and lets dist/ import from there: resolving and loading three
// thousand files of packages is most of the service's start and half of its memory. Packages that are loaded by `await import()` stay where
// they are. Then puts the service's own files into dist/service.js, which main.js loads; the files that the compiler wrote stay beside it, for
// the command line, the OpenAPI document and profiles.
// Usage: node scripts/bundle.mjs, after `nest build`. Node >= 20.19.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { ROOT } from './node.mjs';

const DIST = join(ROOT, 'dist');
const PACKAGES = join(DIST, 'packages');
const MAIN = join(DIST, 'main.js');
const SERVICE = 'service.js';
/** It finds the project's folder from where it is itself. */
const ROOT_MODULE = join(DIST, 'config', 'root.js');
/** The command line, which `npm link` makes a program. */
const PROGRAM = join(DIST, 'ctl', 'main.js');
/** Packages that other packages load if they are installed, which they are not here. */
const ABSENT =
  /^(@nestjs\/(microservices|websockets|platform-express)|@fastify\/(multipart|view)|chokidar|file-type|pg-(native|cloudflare))(\/|$)/;
const ENTRY = '\0entry:';

/** @typedef {{ file: string, text: string, imports: { name: string, names: string[], start: number, end: number }[] }} Source */

async function main() {
  if (existsSync(PACKAGES)) return;
  const sources = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => read(join(DIST, file)));
  await bundle(namesByPackage(sources));
  for (const source of sources) writeFileSync(source.file, redirected(source));
  await bundleService();
  chmodSync(PROGRAM, 0o755);
}

/** @param {string} file @returns {Source} a module and what it imports from packages */
function read(file) {
  const text = readFileSync(file, 'utf8');
  const imports = parseAst(text).body.flatMap((node) => {
    if (!('source' in node) || !node.source || /^(node:|\.)/.test(node.source.value)) return [];
    if (node.type !== 'ImportDeclaration') throw new Error(`${file} exports what a package exports`);
    const { value: name, start, end } = node.source;
    return [{ name, names: node.specifiers.map(importedName), start, end }];
  });
  return { file, text, imports };
}

function importedName(specifier) {
  if (specifier.type === 'ImportNamespaceSpecifier') return '*';
  if (specifier.type === 'ImportDefaultSpecifier') return 'default';
  return specifier.imported.name;
}

/** @param {Source[]} sources @returns {Map<string, Set<string>>} */
function namesByPackage(sources) {
  const all = sources.flatMap(({ imports }) => imports);
  const byPackage = Map.groupBy(all, ({ name }) => name);
  return new Map([...byPackage].map(([name, each]) => [name, new Set(each.flatMap(({ names }) => names))]));
}

/** Each package becomes a small module that exports what is imported from it; all code is in one file beside them. */
async function bundle(packages) {
  const build = await rolldown({
    input: Object.fromEntries([...packages.keys()].map((name) => [moduleName(name), ENTRY + name])),
    cwd: ROOT,
    platform: 'node',
    external: (id) => ABSENT.test(id),
    onLog: (_level, log) => {
      // packages have reasons of their own for these
      if (!['EVAL', 'CIRCULAR_DEPENDENCY'].includes(log.code ?? '')) throw new Error(log.message);
    },
    plugins: [
      {
        name: 'entries',
        resolveId: (id) => (id.startsWith(ENTRY) ? id : undefined),
        load: (id) => (id.startsWith(ENTRY) ? entry(id.slice(ENTRY.length), packages) : undefined),
      },
    ],
  });
  const { output } = await build.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    comments: false,
    // names of classes are shown by logs and errors, and compared by some packages
    keepNames: true,
    codeSplitting: { groups: [{ name: 'all', test: /./ }] },
  });
  mkdirSync(PACKAGES);
  for (const file of output) {
    if (file.type === 'chunk') writeFileSync(join(PACKAGES, file.fileName), onlyAscii(file.code));
  }
}

/** What main.js loads becomes one file. `node --enable-source-maps` shows the compiler's files in stack traces. */
async function bundleService() {
  const build = await rolldown({
    input: join(DIST, 'serve.js'),
    cwd: ROOT,
    platform: 'node',
    external: (id, from) => isPackage(id, from) || id === ROOT_MODULE,
    onLog: (_level, log) => {
      throw new Error(log.message);
    },
  });
  const { output } = await build.generate({
    format: 'esm',
    entryFileNames: SERVICE,
    comments: false,
    keepNames: true,
    sourcemap: true,
  });
  const [service, ...others] = output.filter(({ type }) => type === 'chunk');
  if (others.length > 0) throw new Error(`the service became ${others.length + 1} files`);
  writeFileSync(join(DIST, SERVICE), onlyAscii(service.code));
  writeFileSync(join(DIST, `${SERVICE}.map`), JSON.stringify(service.map));
  const main = readFileSync(MAIN, 'utf8');
  if (!main.includes("'./serve.js'")) throw new Error('main.js does not load serve.js');
  writeFileSync(MAIN, main.replace("'./serve.js'", `'./${SERVICE}'`));
}

function isPackage(id, from) {
  return !id.startsWith('.') && !id.startsWith('/')
    ? true
    : dirname(resolve(dirname(from ?? DIST), id)) === PACKAGES;
}

function entry(name, packages) {
  const names = [...(packages.get(name) ?? [])];
  const from = JSON.stringify(name);
  if (names.includes('*')) return `export * from ${from};`;
  return names.length > 0 ? `export { ${names.join(', ')} } from ${from};` : `import ${from};`;
}

/** One character that is not Latin would make V8 keep the whole file with two bytes a character. */
function onlyAscii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function moduleName(name) {
  return name.replace('@', '').replaceAll('/', '-');
}

/** @param {Source} source */
function redirected({ file, text, imports }) {
  const path = (name) => {
    const target = relative(dirname(file), join(PACKAGES, `${moduleName(name)}.js`));
    return JSON.stringify(target.startsWith('.') ? target : `./${target}`);
  };
  return imports
    .toReversed()
    .reduce(
      (changed, { name, start, end }) => changed.slice(0, start) + path(name) + changed.slice(end),
      text,
    );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
