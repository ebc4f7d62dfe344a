import { LRUCache } from 'lru-cache';
import { claimAt, namesIn } from './claims.js';

type Claims = Readonly<Record<string, unknown>>;

/** Maximum number of clients of the issuer that are remembered. */
const MAX_CLIENTS = 1000;

/**
 * The claim with the groups of a person. Keycloak leaves it out for people without groups, and so does a client without a mapper for it. So
 * a token without the claim says "no groups" only if it is of a client whose tokens have had the claim.
 */
export class GroupsClaim {
  readonly #clients = new LRUCache<string, true>({ max: MAX_CLIENTS });

  constructor(private readonly claim: string) {}

  /** The names in the claim; undefined if the token does not say. `report` is called for a claim that has another form. */
  namesIn(claims: Claims, report: (value: unknown) => void): string[] | undefined {
    const value = claimAt(claims, this.claim);
    const client = clientOf(claims);
    if (value === undefined) {
      if (client !== undefined && this.#clients.has(client)) return [];
      report(value);
      return undefined;
    }
    const names = namesIn(claims, this.claim);
    if (!names) report(value);
    else if (client !== undefined) this.#clients.set(client, true);
    return names;
  }
}

/** The client that the token was issued to: `azp` (OpenID Connect), `client_id` (RFC 9068). */
function clientOf({ azp, client_id: id }: Claims): string | undefined {
  return typeof azp === 'string' ? azp : typeof id === 'string' ? id : undefined;
}
