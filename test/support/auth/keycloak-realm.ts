import { AUDIENCE } from './issuer.js';

export const REALM = 'lake';
/** A client whose name has dots, with roles of its own; `NEAR` are those that its name begins with. */
export const DOTTED = 'lake.example.org';
export const NEAR = ['lake', 'lake.example'];
export const ADMIN_GROUP = '/lake/admins';
export const CLIENT_ROLE = 'lake-admin';

/** Clients at which people log in. */
export const CLIENTS = {
  /** The service's own: access tokens for it by a mapper, with the paths of groups. */
  own: AUDIENCE,
  /** Tokens for the service and others. */
  several: 'notebooks',
  /** Tokens for others only. */
  others: 'portal',
  /** The claim of groups is one text that an administrator's group is a word of. */
  text: 'printing',
  /** Without the claim of groups. */
  bare: 'scripts',
} as const;

/** The client by which the realm's users are looked up, and one whose service account may not do that. */
export const LOOK_UP = { allowed: 'leavers', refused: 'strangers' } as const;

/** Passwords of Keycloak's administrator, of everybody in the realm, and of the clients that have one. */
export interface Secrets {
  admin: string;
  people: string;
  clients: string;
}

const mapper = (name: string, protocolMapper: string, config: Record<string, string>) => ({
  name,
  protocol: 'openid-connect',
  protocolMapper,
  config: { 'access.token.claim': 'true', 'id.token.claim': 'true', ...config },
});
const audience = (name: string) =>
  mapper(`audience ${name}`, 'oidc-audience-mapper', { 'included.custom.audience': name });
const groups = mapper('groups', 'oidc-group-membership-mapper', {
  'claim.name': 'groups',
  'full.path': 'true',
});
const oneText = mapper('one text', 'oidc-hardcoded-claim-mapper', {
  'claim.name': 'groups',
  'claim.value': `Print ${ADMIN_GROUP}`,
  'jsonType.label': 'String',
});

const client = (clientId: string, protocolMappers: unknown[]) => ({
  clientId,
  protocolMappers,
  publicClient: true,
  directAccessGrantsEnabled: true,
});
const confidential = (clientId: string, secret: string) => ({
  clientId,
  secret,
  publicClient: false,
  serviceAccountsEnabled: true,
  standardFlowEnabled: false,
});
const serviceAccount = (clientId: string, roles: string[]) => ({
  username: `service-account-${clientId}`,
  enabled: true,
  serviceAccountClientId: clientId,
  clientRoles: { 'realm-management': roles },
});
const withRoles = (clientId: string) => ({ clientId, bearerOnly: true });

interface Membership {
  groups?: string[];
  clientRoles?: Record<string, string[]>;
}

/** The confidential client of a page, as docs/page.md wants it. Its tokens are so short that each request finds them due. */
export function pageClient(clientId: string, secret: string, url: string) {
  return {
    clientId,
    secret,
    publicClient: false,
    standardFlowEnabled: true,
    redirectUris: [`${url}/ui/login/oidc/callback`],
    attributes: { 'post.logout.redirect.uris': `${url}/ui/`, 'access.token.lifespan': '20' },
    protocolMappers: [audience(AUDIENCE), groups],
  };
}

/** The realm as its administrator makes it in one call (RealmRepresentation of the admin API). */
export function lakeRealm({ people, clients: clientSecret }: Secrets) {
  const person = (username: string, member: Membership = {}) => ({
    username,
    // without these Keycloak wants them at the first login
    email: `${username}@example.org`,
    firstName: username,
    lastName: 'Lake',
    enabled: true,
    credentials: [{ type: 'password', value: people }],
    ...member,
  });
  const roles = [DOTTED, ...NEAR].map((name) => [name, [{ name: CLIENT_ROLE }]]);
  return {
    realm: REALM,
    enabled: true,
    clients: [
      client(CLIENTS.own, [audience(AUDIENCE), groups]),
      client(CLIENTS.several, [audience('spark'), audience(AUDIENCE), groups]),
      client(CLIENTS.others, [audience('spark'), groups]),
      client(CLIENTS.bare, [audience(AUDIENCE)]),
      client(CLIENTS.text, [audience(AUDIENCE), oneText]),
      ...[DOTTED, ...NEAR].map(withRoles),
      ...Object.values(LOOK_UP).map((clientId) => confidential(clientId, clientSecret)),
    ],
    roles: { client: Object.fromEntries(roles) },
    groups: [
      { name: 'lake', subGroups: [{ name: 'admins' }, { name: 'adminsx' }] },
      { name: 'teams', subGroups: [{ name: 'Lake', subGroups: [{ name: 'admins' }] }, { name: 'Sea' }] },
      // Keycloak writes the slash of a name as `~/`
      { name: 'lake/admins' },
    ],
    users: [
      serviceAccount(LOOK_UP.allowed, ['view-users']),
      person('alice'),
      person('dora'),
      person('gus', { groups: ['/teams/Lake/admins'] }),
      person('adam', { groups: [ADMIN_GROUP] }),
      person('max', { groups: ['/lake/adminsx'] }),
      person('slash', { groups: ['/lake~/admins'] }),
      person('rose', { clientRoles: { [DOTTED]: [CLIENT_ROLE] } }),
      person('ned', { clientRoles: Object.fromEntries(NEAR.map((name) => [name, [CLIENT_ROLE]])) }),
    ],
  };
}
