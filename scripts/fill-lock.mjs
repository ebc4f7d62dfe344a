// Completes package-lock.json after an `npm install`.
//
// Packages with native parts (@swc/core, for one) list a build for each platform as optional dependencies. Where the
// registry in use does not serve some of them, npm leaves their entries out of the lock and the next `npm ci` refuses
// the lock as out of sync ("Missing: @swc/core-darwin-arm64@ from lock file"). This adds the missing entries: version,
// platform, optional; without integrity, which is unknown here. npm fetches such an entry only on its own platform.
//
// Usage: node scripts/fill-lock.mjs [package-lock.json]. No dependencies, Node >= 18.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');
const PROCESSORS = 'arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x wasm32 x64'.split(' ');
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = findMissing(lock.packages);
for (const { name, version, dev } of missing) {
  lock.packages[`node_modules/${name}`] = entry(name, version, dev);
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(`${file}: ${missing.length} entries added`);

function findMissing(packages) {
  const wanted = Object.entries(packages).flatMap(([from, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies).map(([name, version]) => ({ from, name, version, dev })),
  );
  return wanted.filter(({ from, name, version }) => {
    if (isInstalledFor(packages, from, name)) return false;
    if (!EXACT.test(version))
      console.warn(`left out: ${name} ${version} of ${from || 'this project'} (not an exact version)`);
    return EXACT.test(version);
  });
}

/** Node's own look-up: beside the package that asks, then in every folder above it. */
function isInstalledFor(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true;
    if (!at) return false;
  }
}

/** The platform stands in the package's name, as in `core-linux-arm64-musl` or `binding-linux-arm-gnueabihf`. */
function entry(name, version, dev) {
  const words = name.replace(/^.*\//, '').split(/[-_.]/);
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const os = SYSTEMS.filter((system) => words.includes(system));
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(dev ? { dev: true } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}
