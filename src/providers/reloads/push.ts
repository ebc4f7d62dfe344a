import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { sha256 } from '../../common/hash.js';

/** What a Git server says of a push. */
export interface Push {
  /** Addresses of the repository, as the server knows it. */
  addresses: string[];
  /** The branch or tag that moved; undefined: any. */
  ref?: string;
  /** The branch of those who name none. */
  defaultBranch?: string;
}

/** Headers with an HMAC-SHA256 of the body in hex: of GitHub and all who copied it, Gitea, Forgejo, Gogs. */
const SIGNATURES: readonly [header: string, prefix: string][] = [
  ['x-hub-signature-256', 'sha256='],
  ['x-gitea-signature', ''],
  ['x-forgejo-signature', ''],
  ['x-gogs-signature', ''],
];
/** GitLab sends the secret itself. */
const TOKEN = 'x-gitlab-token';
/** Where servers name the event. */
const EVENTS = ['x-github-event', 'x-gitea-event', 'x-forgejo-event', 'x-gogs-event', 'x-gitlab-event'];
const PUSHES = ['push', 'Push Hook', 'Tag Push Hook'];
/** The longest address that is read. */
const MAX_ADDRESS = 2048;
const DIGEST = /^[0-9a-f]{64}$/;

/** Whether the body was sent by somebody who has the secret. Takes the same time for each wrong signature. */
export function isAuthentic(raw: Buffer, headers: IncomingHttpHeaders, secret: string): boolean {
  const wanted = createHmac('sha256', secret).update(raw).digest();
  const isSigned = SIGNATURES.some(([header, prefix]) => {
    const given = headers[header];
    if (typeof given !== 'string' || !given.startsWith(prefix)) return false;
    const digest = given.slice(prefix.length);
    return DIGEST.test(digest) && timingSafeEqual(Buffer.from(digest, 'hex'), wanted);
  });
  const token = headers[TOKEN];
  return isSigned || (typeof token === 'string' && isSame(token, secret));
}

/** The push that a delivery tells of; undefined: it tells of something else. Never throws. */
export function pushOf(body: unknown, headers: IncomingHttpHeaders): Push | undefined {
  const event = EVENTS.map((header) => headers[header]).find((each) => each !== undefined);
  if (event !== undefined && !PUSHES.includes(String(event))) return undefined;
  const { ref, repository, project } = objectOf(body);
  const [own, gitlab] = [objectOf(repository), objectOf(project)];
  const addresses = [own['clone_url'], own['html_url'], gitlab['git_http_url'], gitlab['web_url']].filter(
    (each) => typeof each === 'string' && each.length <= MAX_ADDRESS,
  ) as string[];
  if (addresses.length === 0) return undefined;
  const defaultBranch = own['default_branch'] ?? gitlab['default_branch'];
  return {
    addresses,
    ...(typeof ref === 'string' ? { ref: ref.replace(/^refs\/(heads|tags)\//, '') } : {}),
    ...(typeof defaultBranch === 'string' ? { defaultBranch } : {}),
  };
}

/** Whether a provider may be another one after the push: it is of that repository, and of the branch or tag that moved. */
export function concerns(
  { addresses, ref, defaultBranch }: Push,
  provider: { git_url: string | null; ref: string | null },
): boolean {
  const own = placeOf(provider.git_url ?? '');
  if (own === undefined || !addresses.some((each) => placeOf(each) === own)) return false;
  const branch = provider.ref ?? defaultBranch;
  return ref === undefined || branch === undefined || branch === ref;
}

/** Host and path of an address: servers write the same one with and without `.git`. */
function placeOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { host, pathname } = new URL(address);
  return `${host}${pathname.replace(/\/+$/, '').replace(/\.git$/, '')}`.toLowerCase();
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(wanted)));
}
