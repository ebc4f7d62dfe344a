import { isLoopback } from '../../common/http/loopback.js';
import { Secret } from '../../common/secret.js';
import type { Environment } from '../environment.js';

/** The self-service page. */
export interface PageConfig {
  /** The page's own origin. Undefined: whatever address it is opened at. */
  url?: string;
  /** A session ends after so many hours, used or not. */
  sessionHours: number;
  /** Of the demo: tokens of its people, by name, who log in by a click. Empty otherwise. */
  demoTokens: Readonly<Record<string, Secret>>;
}

/** The page's settings; `local`: only programs on this machine reach the service. Adds what is wrong to the problems. */
export function pageOf(env: Environment, local: boolean, problems: string[]): PageConfig | undefined {
  problems.push(...problemsOfOidc(env), ...problemsOfHub(env));
  if (env.PAGE !== 'true') return undefined;
  const { PAGE_URL: url } = env;
  const parsed = url === undefined ? undefined : URL.parse(url);
  if (parsed?.protocol === 'http:' && !isLoopback(parsed.hostname))
    problems.push('PAGE_URL must be https: browsers keep the cookie of a session only there');
  return {
    ...(parsed ? { url: parsed.origin } : {}),
    sessionHours: env.PAGE_SESSION_HOURS,
    demoTokens: demoTokensOf(env, local, problems),
  };
}

/** The client at which people log in to the page. */
export function oidcClientOf({ OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret }: Environment) {
  return id === undefined || secret === undefined ? undefined : { id, secret: new Secret(secret) };
}

/** The client at which people of the hub log in to the page. */
export function hubClientOf(env: Environment) {
  const { JUPYTERHUB_CLIENT_ID: id, JUPYTERHUB_CLIENT_SECRET: secret, JUPYTERHUB_PUBLIC_URL: url } = env;
  if (id === undefined || secret === undefined || url === undefined) return undefined;
  return { id, secret: new Secret(secret), publicUrl: url.replace(/\/+$/, '') };
}

/** Why the settings of logins at a hub do not go together. */
function problemsOfHub(env: Environment): string[] {
  const names = ['JUPYTERHUB_CLIENT_ID', 'JUPYTERHUB_CLIENT_SECRET', 'JUPYTERHUB_PUBLIC_URL'] as const;
  const values = names.map((name) => env[name]);
  if (values.every((value) => value === undefined)) return [];
  const problems: string[] = [];
  if (values.includes(undefined))
    problems.push(`${names[0]} must be set together with ${names[1]} and ${names[2]}`);
  if (env.JUPYTERHUB_API_URL === undefined)
    problems.push('JUPYTERHUB_CLIENT_ID must not be set without JUPYTERHUB_API_URL');
  if (/\/hub\/*$|[?#]/.test(env.JUPYTERHUB_PUBLIC_URL ?? ''))
    problems.push(
      'JUPYTERHUB_PUBLIC_URL must be the address of the hub in browsers, without /hub at its end',
    );
  if (env.PAGE === 'true' && env.PAGE_URL === undefined)
    problems.push('PAGE_URL must be set with JUPYTERHUB_CLIENT_ID: the hub leads people back there');
  return problems;
}

/** Why the settings of logins at an issuer do not go together. */
function problemsOfOidc(env: Environment): string[] {
  const [id, secret] = [env.OIDC_CLIENT_ID, env.OIDC_CLIENT_SECRET];
  if (id === undefined && secret === undefined) return [];
  const problems: string[] = [];
  if (id === undefined || secret === undefined)
    problems.push('OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be set together');
  if (env.OIDC_ISSUER === undefined) problems.push('OIDC_CLIENT_ID must not be set without OIDC_ISSUER');
  if (env.PAGE === 'true' && env.PAGE_URL === undefined)
    problems.push('PAGE_URL must be set with OIDC_CLIENT_ID: the issuer leads people back there');
  return problems;
}

/** Whoever reaches the page can be each of these people, so nobody else's machine and no real auth service may be involved. */
function demoTokensOf(env: Environment, local: boolean, problems: string[]): Record<string, Secret> {
  const { PAGE_DEMO_TOKENS: text, KBASE_AUTH_URL: authUrl = '' } = env;
  if (text === undefined) return {};
  if (!local || !isLoopback(URL.parse(authUrl)?.hostname ?? ''))
    problems.push(
      'PAGE_DEMO_TOKENS is for the demo: it must not be set unless HOST and KBASE_AUTH_URL are on this machine, without a proxy',
    );
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    if (entries.some(([, token]) => typeof token !== 'string')) throw new TypeError('not texts');
    return Object.fromEntries(entries.map(([name, token]) => [name, new Secret(token as string)]));
  } catch {
    problems.push('PAGE_DEMO_TOKENS must be a JSON object of tokens by name');
    return {};
  }
}
