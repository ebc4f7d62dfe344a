import type { DirectoryName } from '../../common/caller.js';
import { Secret } from '../../common/secret.js';
import type { AppConfig } from '../app-config.js';
import type { Environment } from '../environment.js';

/** Names that Keycloak has in its list of users, by the claim that gives them. */
const LISTED_CLAIMS: readonly string[] = ['preferred_username', 'email', 'sub'];
/** An issuer of Keycloak: its address without the realm, and the realm. */
const REALM = /^(.+)\/realms\/([^/]+)\/?$/;

/** The directories that can be asked who has left. */
export function askableDirectories({ kbase, jupyterhub, oidc }: AppConfig): DirectoryName[] {
  return [
    ...(kbase?.lookUpToken ? ['kbase' as const] : []),
    ...(jupyterhub?.lookUpToken ? ['hub' as const] : []),
    ...(oidc?.lookUp ? ['oidc' as const] : []),
  ];
}

/** The client of this service's own that reads Keycloak's users; undefined if there is none. */
export function oidcLookUpOf(env: Environment): NonNullable<AppConfig['oidc']>['lookUp'] {
  const { OIDC_LOOKUP_CLIENT_ID: clientId, OIDC_LOOKUP_CLIENT_SECRET: secret } = env;
  const [, base, realm] = REALM.exec(env.OIDC_ISSUER ?? '') ?? [];
  if (!clientId || !secret || !base || !realm) return undefined;
  return { clientId, clientSecret: new Secret(secret), adminUrl: `${base}/admin/realms/${realm}` };
}

/** Rules about the variables of look-ups. */
export function problemsOfLookUps(env: Environment): string[] {
  const problems: string[] = [];
  if (env.KBASE_LOOKUP_TOKEN !== undefined && env.KBASE_AUTH_URL === undefined)
    problems.push('KBASE_LOOKUP_TOKEN needs KBASE_AUTH_URL');
  const { OIDC_LOOKUP_CLIENT_ID: id, OIDC_LOOKUP_CLIENT_SECRET: secret } = env;
  if ((id === undefined) !== (secret === undefined))
    problems.push('OIDC_LOOKUP_CLIENT_ID and OIDC_LOOKUP_CLIENT_SECRET must be set together');
  if (id === undefined) return problems;
  if (!REALM.test(env.OIDC_ISSUER ?? ''))
    problems.push('OIDC_LOOKUP_CLIENT_ID needs an OIDC_ISSUER of Keycloak, https://HOST/realms/REALM');
  if (!LISTED_CLAIMS.includes(env.OIDC_USER_CLAIM))
    problems.push(`OIDC_LOOKUP_CLIENT_ID needs OIDC_USER_CLAIM to be one of ${LISTED_CLAIMS.join(', ')}`);
  return problems;
}
