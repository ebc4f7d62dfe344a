import type { Schema } from '../../api/schema.ts';

type Because = Schema['BecauseDto'];

/** Who looks at an answer: administrators may follow links and end what others gave. */
export interface Viewer {
  user_name: string;
  admin: boolean;
}

/** Access that the person may end here. */
export type Ending =
  | { kind: 'share'; owner: string; path: string; grantee: Schema['GranteeDto'] }
  | { kind: 'group'; group: string; path: string };

/** Whom a reason names: `user bob`, `group KBase`; `everyone` is a group. Undefined for owners and foreign policies. */
export function granteeOf(via: string): Schema['GranteeDto'] | undefined {
  if (via === 'everyone') return { kind: 'group', name: via };
  const [, kind, name] = /^(user|group) (.+)$/.exec(via) ?? [];
  return kind === undefined || name === undefined ? undefined : { kind: kind as 'user' | 'group', name };
}

/**
 * How the access of a reason is ended: a share by the owner of the path, or by an administrator for the owner; what an administrator gave
 * a group by an administrator. Undefined: the person may not, or it ends elsewhere, as what comes with a role or a data product.
 */
export function endingOf({ via, grant }: Because, viewer: Viewer): Ending | undefined {
  const grantee = granteeOf(via);
  if (!grant || !grantee) return undefined;
  const { origin, path } = grant;
  if (origin === 'group' && grantee.kind === 'group' && viewer.admin)
    return { kind: 'group', group: grantee.name, path };
  const owner = grant.owner ?? grant.granted_by;
  if (origin !== 'share' || (owner !== viewer.user_name && !viewer.admin)) return undefined;
  return { kind: 'share', owner, path, grantee };
}
