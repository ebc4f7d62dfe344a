import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { Secret } from '../common/secret.js';

/** A secret of a target: its value, or the file that has it. A file is read again whenever it has changed. */
export type SecretSource = { file: string } | { value: Secret };

interface Common {
  /** Unique; workflows name the target by it. */
  name: string;
  /** The teams that may use it. */
  teams: 'all' | readonly string[];
}

/** A Vault or OpenBao server. */
export interface VaultTarget extends Common {
  kind: 'vault';
  /** `http(s)://host:port`, without a path. */
  address: string;
  namespace?: string;
  /** Where the KV engine (version 2) is mounted. */
  mount: string;
  /** A token, or the role and secret of an AppRole. */
  login: { token: SecretSource } | { roleId: string; secretId: SecretSource };
}

/** A PostgreSQL server. */
export interface PostgresTarget extends Common {
  kind: 'postgres';
  /** `postgresql://user@host:port/database`, without a password. */
  url: string;
  password?: SecretSource;
}

/** A service that steps may call by HTTP. */
export interface HttpTarget extends Common {
  kind: 'http';
  /** Every request goes below this address. */
  url: string;
  /** Sent as `Authorization: Bearer`. */
  token?: SecretSource;
}

/** The API server of a Kubernetes. */
export interface KubernetesTarget extends Common {
  kind: 'kubernetes';
  /** Below it are `/api` and `/apis`. */
  url: string;
  /** The authorities whose certificate the server may have, as PEM; undefined: those of this machine. */
  ca?: string;
  /** Of a service account. */
  token: SecretSource;
}

/** An organization of a forge, in which steps make repositories. */
export interface GitTarget extends Common {
  kind: 'git';
  /** What the forge's API is like. */
  api: 'gitea';
  /** Below it is `/api/v1`. */
  url: string;
  /** The organization. */
  owner: string;
  token: SecretSource;
}

/** A system that steps may act on. */
export type TargetConfig = VaultTarget | PostgresTarget | HttpTarget | KubernetesTarget | GitTarget;

const KINDS = ['vault', 'postgres', 'http', 'kubernetes', 'git'];
const NAME = '^[a-z][a-z0-9-]{0,62}$';
const PATH = '^[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,4}$';
const text = { type: 'string', minLength: 1, maxLength: 2000 };
const common = {
  name: { type: 'string', pattern: NAME },
  kind: { enum: KINDS },
  teams: {
    anyOf: [{ const: 'all' }, { type: 'array', minItems: 1, maxItems: 1000, items: text }],
  },
};
const secret = (name: string) => ({ [`${name}_file`]: text, [`${name}_env`]: text });
const object = (properties: object, required: string[]) => ({
  type: 'object',
  properties: { ...common, ...properties },
  required: ['name', 'kind', 'teams', ...required],
  additionalProperties: false,
});
const FIELDS = {
  vault: object(
    {
      address: { type: 'string', pattern: '^https?://[^/?#@\\s]+/?$' },
      namespace: { type: 'string', pattern: PATH },
      mount: { type: 'string', pattern: PATH },
      role_id: text,
      ...secret('token'),
      ...secret('secret_id'),
    },
    ['address'],
  ),
  postgres: object({ url: { type: 'string', pattern: '^postgres(ql)?://\\S+$' }, ...secret('password') }, [
    'url',
  ]),
  http: object({ url: { type: 'string', pattern: '^https?://[^?#@\\s]+$' }, ...secret('token') }, ['url']),
  kubernetes: object(
    { url: { type: 'string', pattern: '^https://[^?#@\\s]+$' }, ca_file: text, ...secret('token') },
    ['url'],
  ),
  git: object(
    {
      api: { type: 'string', pattern: '^gitea$' },
      url: { type: 'string', pattern: '^https?://[^?#@\\s]+$' },
      owner: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' },
      ...secret('token'),
    },
    ['api', 'url', 'owner'],
  ),
};
const FILE = {
  type: 'object',
  properties: {
    targets: {
      type: 'array',
      maxItems: 200,
      items: { type: 'object', properties: { kind: common.kind }, required: ['kind'] },
    },
  },
  required: ['targets'],
  additionalProperties: false,
};
/** What is said instead of a pattern that nobody can read. */
const RULES: Record<string, string> = {
  name: 'must be 1 to 63 of a-z 0-9 -, the first a letter',
  address: 'must be http(s)://host:port, without a path',
  url: 'must be an address of its kind: postgresql://… or http(s)://…, of kubernetes https://…, without ? and #',
  api: 'must be gitea: this release does not know the API of another forge',
  owner: 'must be the name of an organization',
  mount: 'must be the path of a mount, without slashes at its ends',
  namespace: 'must be the path of a namespace, without slashes at its ends',
};

type Raw = Record<string, string> & { kind: TargetConfig['kind']; teams: Common['teams'] };

/**
 * Reads TARGETS_FILE, which is YAML or JSON. Adds to `problems` each broken rule, with the target's place and the field, never a value.
 */
export function targetsOf(
  path: string | undefined,
  source: NodeJS.ProcessEnv,
  problems: string[],
): TargetConfig[] {
  if (path === undefined) return [];
  const found: string[] = [];
  const raw = read(path, found);
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  const check = (schema: object, value: unknown, at: string): boolean => {
    const validate = ajv.compile(schema);
    if (validate(value)) return true;
    found.push(
      ...new Set((validate.errors ?? []).map((error) => `${at}${ruleOf(error)}`.replace(/^\./, ''))),
    );
    return false;
  };
  const targets: TargetConfig[] = [];
  if (found.length === 0 && check(FILE, raw, '')) {
    for (const [index, each] of (raw as { targets: Raw[] }).targets.entries()) {
      const at = `targets[${index}]`;
      if (check(FIELDS[each.kind], each, at))
        targets.push(targetOf(each, source, (rule) => found.push(`${at}.${rule}`)));
    }
    if (new Set(targets.map(({ name }) => name)).size < targets.length)
      found.push('targets: two have the same name');
  }
  problems.push(...found.map((each) => `TARGETS_FILE ${each}`));
  return targets;
}

/** Where data products get schemas must be a server that the file has. */
export function problemsOfServer(server: string | undefined, targets: readonly TargetConfig[]): string[] {
  if (server === undefined || targets.some(({ name, kind }) => name === server && kind === 'postgres'))
    return [];
  return ['PRODUCTS_POSTGRES_TARGET must be the name of a target of kind postgres in TARGETS_FILE'];
}

function read(path: string, found: string[]): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // the message of the parser shows a part of the file
    found.push(
      (error as Error).name === 'YAMLParseError' ? 'must be YAML or JSON' : 'must name a readable file',
    );
    return undefined;
  }
}

function ruleOf({ instancePath, keyword, message, params }: ErrorObject): string {
  const field = instancePath
    .slice(1)
    .replaceAll('/', '.')
    .replaceAll(/\.?(\d+)/g, '[$1]');
  const at = field === '' ? '' : `${field.startsWith('[') ? '' : '.'}${field}`;
  if (keyword === 'required') return `${at}.${String(params['missingProperty'])} must be set`;
  if (keyword === 'additionalProperties')
    return `${at}.${String(params['additionalProperty'])} is not a known field: secrets are given as NAME_file or NAME_env`;
  if (keyword === 'enum') return `${at} must be one of ${KINDS.join(', ')}`;
  if (field === 'teams') return `${at} must be all, or a list of groups`;
  return `${at} ${(keyword === 'pattern' && RULES[field]) || (message ?? 'is not valid')}`;
}

function targetOf(raw: Raw, env: NodeJS.ProcessEnv, broken: (rule: string) => void): TargetConfig {
  const { name = '', teams } = raw;
  const secretOf = (field: string) => secretSource(raw, field, env, broken);
  if (raw.kind === 'http') {
    const token = secretOf('token');
    return {
      name,
      teams,
      kind: 'http',
      url: withoutSlash(raw['url']),
      ...(token && { token }),
    };
  }
  if (raw.kind === 'kubernetes') {
    const [token, file] = [secretOf('token'), raw['ca_file']];
    if (!token) broken('token_file or token_env must be set');
    const ca = file === undefined ? undefined : textOf(file);
    if (file !== undefined && !ca?.includes('-----BEGIN CERTIFICATE-----'))
      broken('ca_file must name a readable file with certificates in PEM');
    const url = withoutSlash(raw['url']);
    return { name, teams, kind: 'kubernetes', url, token: token ?? { file: '' }, ...(ca && { ca }) };
  }
  if (raw.kind === 'git') return gitOf(raw, secretOf('token'), broken);
  if (raw.kind === 'postgres') {
    const password = secretOf('password');
    if (URL.parse(raw['url'] ?? '')?.password)
      broken('url must not contain the password: give it as password_file or password_env');
    return { name, teams, kind: 'postgres', url: raw['url'] ?? '', ...(password && { password }) };
  }
  const [token, secretId] = [secretOf('token'), secretOf('secret_id')];
  if (token && raw['role_id'] !== undefined) broken('role_id must not be set with a token');
  if (!token && !(secretId && raw['role_id'] !== undefined))
    broken('token_file or token_env must be set, or role_id with secret_id_file or secret_id_env');
  const login = token ? { token } : { roleId: raw['role_id'] ?? '', secretId: secretId ?? { file: '' } };
  const { namespace, mount = 'secret' } = raw;
  const address = new URL(raw['address'] ?? '').origin;
  return { name, teams, kind: 'vault', address, mount, login, ...(namespace !== undefined && { namespace }) };
}

function gitOf(raw: Raw, token: SecretSource | undefined, broken: (rule: string) => void): GitTarget {
  const { name = '', teams, owner = '' } = raw;
  if (!token) broken('token_file or token_env must be set');
  const url = withoutSlash(raw['url']);
  return { name, teams, kind: 'git', api: 'gitea', url, owner, token: token ?? { file: '' } };
}

function secretSource(
  raw: Raw,
  field: string,
  env: NodeJS.ProcessEnv,
  broken: (rule: string) => void,
): SecretSource | undefined {
  const [file, variable] = [raw[`${field}_file`], raw[`${field}_env`]];
  if (file !== undefined && variable !== undefined)
    broken(`${field}_file and ${field}_env must not both be set`);
  if (file !== undefined) {
    if (!isReadable(file)) broken(`${field}_file must name a readable file that is not empty`);
    return { file };
  }
  if (variable === undefined) return undefined;
  const value = env[variable];
  if (!value) broken(`${field}_env must name an environment variable that is set`);
  return { value: new Secret(value ?? '') };
}

const isReadable = (file: string): boolean => (textOf(file) ?? '') !== '';

/** Undefined: it cannot be read. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

const withoutSlash = (address = ''): string => address.replace(/\/+$/, '');
