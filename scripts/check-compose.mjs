// Is docker-compose.yml sound? Compose itself says so where it is installed; our own rules are checked everywhere.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './node.mjs';

const FILE = join(ROOT, 'docker-compose.yml');
const SECRET = /(PASSWORD|SECRET|KEY|TOKEN|_URL)$/;
// Addresses of other services, without a password in them.
const PUBLIC = new Set(['KBASE_AUTH_URL', 'MINIO_CONSOLE_URL']);
const PINNED = /:[\w.-]*\d[\w.-]*$/;

const text = readFileSync(FILE, 'utf8');
const { services = {}, volumes = {}, secrets = {} } = parse(text, { strict: true, uniqueKeys: true });
const problems = Object.entries(services).flatMap(([name, service]) =>
  checkService(service).map((problem) => `${name}: ${problem}`),
);
if (Object.keys(services).length === 0) problems.push('there are no services');
problems.push(...askCompose());

for (const problem of problems) console.error(`docker-compose.yml: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function checkService(service) {
  return [
    ...(service.build || PINNED.test(service.image ?? '')
      ? []
      : ['neither a build nor an image with a version']),
    ...checkEnvironment(service.environment ?? {}),
    ...unknown('secret', service.secrets ?? [], secrets),
    ...unknown(
      'volume',
      (service.volumes ?? []).map((volume) => volume.split(':')[0]),
      volumes,
    ),
    ...unknown('service', Object.keys(service.depends_on ?? {}), services),
    ...checkHealthDependencies(service.depends_on ?? {}),
    ...(service.ports ?? [])
      .filter((port) => !String(port).startsWith('127.0.0.1:'))
      .map((port) => `port ${port} is published on every interface`),
  ];
}

function checkEnvironment(environment) {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (SECRET.test(name) && !PUBLIC.has(name)) return [`${name} must come from a file (${name}_FILE)`];
    const file = name.endsWith('_FILE') && String(value).replace('/run/secrets/', '');
    return file && !(file in secrets) ? [`${name} names no declared secret`] : [];
  });
}

function checkHealthDependencies(dependencies) {
  return Object.entries(dependencies)
    .filter(([name, { condition }]) => condition === 'service_healthy' && !services[name]?.healthcheck)
    .map(([name]) => `waits for ${name} to be healthy, which has no healthcheck`);
}

function unknown(kind, names, declared) {
  return names.filter((name) => !(name in declared)).map((name) => `${kind} ${name} is not declared`);
}

function askCompose() {
  if (spawnSync('docker', ['compose', 'version']).status !== 0) return [];
  // Whatever must be set is set: only the form is asked about.
  const required = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => [name, 'http://example.org']);
  const env = { ...process.env, ...Object.fromEntries(required) };
  const answer = spawnSync('docker', ['compose', '-f', FILE, 'config', '--quiet'], { env, encoding: 'utf8' });
  return answer.status === 0 ? [] : [answer.stderr.trim()];
}
