import { Secret } from '../../common/secret.js';
import type { Environment } from '../environment.js';

/** A token that may read repositories at one host. */
export interface GitToken {
  /** What a registration names it by. */
  name: string;
  host: string;
  username: string;
  token: Secret;
  /** The teams whose providers may use it; providers of the platform may use each. */
  teams: readonly string[];
}

/** Where providers of workflows come from. */
export interface ProvidersConfig {
  /** Each of its subfolders with a `provider.yaml` is a provider. */
  dir: string;
  git: {
    /** `host` or `host:port`; no other is called. */
    hosts: readonly string[];
    /** Those of them that may have an address of a private network. */
    privateHosts: readonly string[];
    /** For development: http, and addresses of this machine. */
    insecure: boolean;
    tokens: readonly GitToken[];
  };
  reloads: {
    /** How often all of those in Git are loaded again; 0: on demand only. */
    seconds: number;
    /** With which Git servers sign what they tell; undefined: they tell nothing. */
    webhookSecret: Secret | undefined;
  };
}

const FIELDS: readonly string[] = ['name', 'host', 'username', 'token', 'teams'];

/** Reads the settings. Rules that are broken are added to `problems`, without any value. */
export function providersOf(env: Environment, problems: string[]): ProvidersConfig {
  let tokens: readonly GitToken[] = [];
  try {
    tokens = parseGitTokens(env.PROVIDER_GIT_TOKENS);
  } catch (error) {
    problems.push(`PROVIDER_GIT_TOKENS ${(error as Error).message}`);
  }
  const [hosts, privateHosts] = [env.PROVIDER_GIT_HOSTS, env.PROVIDER_GIT_PRIVATE_HOSTS];
  if (privateHosts.some((host) => !hosts.includes(host)))
    problems.push('PROVIDER_GIT_PRIVATE_HOSTS must be some of PROVIDER_GIT_HOSTS');
  if (tokens.some(({ host }) => !hosts.includes(host)))
    problems.push('PROVIDER_GIT_TOKENS must be for hosts of PROVIDER_GIT_HOSTS');
  const insecure = env.PROVIDER_GIT_INSECURE === 'true';
  const { PROVIDER_RELOAD_SECONDS: seconds, PROVIDER_WEBHOOK_SECRET: shared } = env;
  const webhookSecret = shared === undefined ? undefined : new Secret(shared);
  const git = { hosts, privateHosts, insecure, tokens };
  return { dir: env.PROVIDERS_DIR, git, reloads: { seconds, webhookSecret } };
}

function parseGitTokens(text: string | undefined): readonly GitToken[] {
  if (text === undefined) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('must be a JSON array of {"name","host","token"}');
  }
  if (!Array.isArray(parsed) || parsed.length > 100)
    throw new Error('must be a JSON array of at most 100 tokens');
  const tokens = parsed.map((each: unknown, index) => tokenOf(each, `token ${index + 1}`));
  if (new Set(tokens.map(({ name }) => name)).size < tokens.length)
    throw new Error('has two tokens with the same name');
  return tokens;
}

function tokenOf(value: unknown, which: string): GitToken {
  if (typeof value !== 'object' || value === null) throw new Error(`${which}: must be an object`);
  if (Object.keys(value).some((key) => !FIELDS.includes(key)))
    throw new Error(`${which}: has an unknown field`);
  const { name, host, username = 'git', token, teams = [] } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name))
    throw new Error(`${which}: name must be 1 to 64 of letters, digits, "_", "." and "-"`);
  if (typeof host !== 'string') throw new Error(`${which}: host must be one of PROVIDER_GIT_HOSTS`);
  if (typeof username !== 'string' || !/^[^\s:]{1,128}$/.test(username))
    throw new Error(`${which}: username must be 1 to 128 characters without spaces and colons`);
  if (typeof token !== 'string' || !/^[\x21-\x7e]{8,1024}$/.test(token))
    throw new Error(`${which}: token must be 8 to 1024 characters without spaces`);
  if (!Array.isArray(teams) || !teams.every((team) => typeof team === 'string'))
    throw new Error(`${which}: teams must be a list of groups`);
  return { name, host: host.toLowerCase(), username, token: new Secret(token), teams };
}
