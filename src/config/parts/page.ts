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
  problems.push(...problemsOfLogins(env));
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

/** Why the settings of logins elsewhere do not go together. */
function problemsOfLogins(env: Environment): string[] {
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
