// `npm run token -- NAME --scope SCOPE [--scope SCOPE ...] [--out FILE]`: makes a service token and says what goes where.
// Standard output holds the token alone; with --out it goes to that file, and standard output holds the new SERVICE_TOKENS, which is no
// secret. All else goes to standard error. Names and scopes are judged by the service's own code, which must be built.
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT } from './node.mjs';

const USAGE = 'usage: npm run token -- NAME --scope SCOPE [--scope SCOPE ...] [--out FILE]';

const imported = (name) => import(pathToFileURL(join(ROOT, 'dist', 'config', name)).href);

async function main(args, env = process.env) {
  const { checkServiceToken, parseServiceTokens, SCOPES } = await imported('service-tokens.js');
  const { secretOf } = await imported('secret-variable.js');
  const { name, scopes, out } = read(args, SCOPES);
  const token = `svc_${randomBytes(24).toString('hex')}`;
  const sha256 = createHash('sha256').update(token).digest('hex');
  const entry = checkServiceToken({ name, sha256, scopes });
  const present = named('SERVICE_TOKENS of this environment', () =>
    parseServiceTokens(secretOf(env, 'SERVICE_TOKENS')),
  );
  const value = JSON.stringify([...present, entry]);
  named('SERVICE_TOKENS with the new token', () => parseServiceTokens(value));
  if (out !== undefined) save(out, token);
  const file = env.SERVICE_TOKENS ? undefined : env.SERVICE_TOKENS_FILE;
  console.error(explained({ entry, value, present: present.length, file, out }));
  console.log(out === undefined ? token : value);
}

function read(args, known) {
  const usage = `${USAGE}\nscopes: ${known.join(', ')} (docs/authentication.md)`;
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { scope: { type: 'string', multiple: true, default: [] }, out: { type: 'string' } },
    });
  } catch (error) {
    throw new Error(`${error.message}\n${usage}`);
  }
  const { positionals, values } = parsed;
  if (positionals.length !== 1 || values.scope.length === 0) throw new Error(usage);
  // npm runs scripts in the folder of the project, wherever it was called
  const out = values.out && resolve(process.env.INIT_CWD ?? '.', values.out);
  return { name: positionals[0], scopes: [...new Set(values.scope)], out };
}

function named(what, judge) {
  try {
    return judge();
  } catch (error) {
    throw new Error(`${what} ${error.message}`);
  }
}

/** Never over another file: that one may be readable by others, or hold a token that is in use. */
function save(file, token) {
  try {
    writeFileSync(file, token, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new Error(
      error.code === 'EEXIST'
        ? `${file} is there already: choose another file`
        : `${file} cannot be written: ${error.code}`,
    );
  }
}

function explained({ entry, value, present, file, out }) {
  const others = present === 1 ? 'the token that is' : `the ${present} tokens that are`;
  const rest = present === 0 ? '' : `, with ${others} there now`;
  const service = file
    ? `the new content of ${file} (SERVICE_TOKENS_FILE)${rest}:\n\n${value}`
    : `in its environment${rest}:\n\nexport SERVICE_TOKENS='${value}'`;
  const caller =
    out === undefined
      ? 'the token below, which is shown this once and kept nowhere'
      : `the token in ${out}, which only you can read and which is nowhere else`;
  return [
    `Service token ${entry.name}, scopes: ${entry.scopes.join(', ')}. Its entry in SERVICE_TOKENS:`,
    '',
    JSON.stringify(entry),
    '',
    `For the service, ${service}`,
    '',
    'That is no secret: it holds hashes. Each replica reads it at its start.',
    '',
    `For whoever calls the service, ${caller}. It is sent as \`Authorization: Bearer ...\`; a hub reads it from MINIO_MANAGER_TOKEN_FILE.`,
    '',
  ].join('\n');
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
