import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import { AccessKeys } from '../../credentials/access-keys.js';
import { type Answer, KeyHandouts } from '../../credentials/claims/key-handouts.js';
import type { IssuedAccessKeyDto } from '../../credentials/dto/access-key.dto.js';
import type { ProvisionRow } from '../../database/schema.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import type { KeyInput } from '../../steps/storage/key.kind.js';
import type { AccessKeyInput } from './access-key.kind.js';

/** A key that a provision lets somebody claim. */
interface Offer {
  user_name: string;
  name: string;
  expires_in_seconds: number;
  /** Who may claim it, besides administrators. */
  to: string;
  /** Until then it can be claimed, in milliseconds since the epoch; undefined: at any time. */
  until?: number;
  /** The provision makes no user, and its undo ends the key. */
  ofStep: boolean;
}

/** Hands out the access key that a provision prepared, once: no secret is stored before that. */
@Injectable()
export class KeyClaims {
  constructor(
    private readonly provisions: Provisions,
    private readonly accessKeys: AccessKeys,
    private readonly handouts: KeyHandouts,
  ) {}

  /** Creates the access key and shows its secret. Throws `claimed` if a key was already sent. */
  async claim(id: string, context: RequestContext, answer: Answer): Promise<IssuedAccessKeyDto> {
    const provision = await this.provisions.require(id);
    const offer = offerOf(provision);
    const { caller } = context;
    if (!offer || (!caller.admin && offer.to !== caller.name)) throw noSuch('provision');
    if (provision.status !== 'completed') throw new Problem('not_possible', 'It is not completed');
    if (offer.until !== undefined && offer.until < Date.now())
      throw new Problem('not_possible', 'The time in which it could be claimed is over');
    const claimedDetail = offer.ofStep
      ? 'It was already claimed, or taken back'
      : 'It was already claimed; request another access key';
    const { user_name, name, expires_in_seconds } = offer;
    return this.handouts.handOut(
      { table: 'provision', id, claimedDetail, keepsName: offer.ofStep },
      { sent: (trx) => this.provisions.record(provision, 'claimed', { by: context.name }, trx) },
      answer,
      async (claim) => {
        if (!offer.ofStep) return this.accessKeys.issue(user_name, name, expires_in_seconds, context, claim);
        await this.accessKeys.requireHolder(user_name);
        const user = { kind: 'user', name: user_name } as const;
        return this.accessKeys.issueFor(user, name, expires_in_seconds, context, claim);
      },
    );
  }
}

/** Undefined: nothing can be claimed of it. */
function offerOf({ kind, input, provisioned_at: at }: ProvisionRow): Offer | undefined {
  if (kind === 'access_key') {
    const given = input as unknown as AccessKeyInput;
    return { ...given, to: given.user_name, ofStep: false };
  }
  if (kind !== 'key') return undefined;
  const { deliver, ...given } = input as unknown as KeyInput;
  if (!deliver.claim) return undefined;
  const { to, expires_in_seconds: seconds } = deliver.claim;
  return { ...given, to, ofStep: true, until: (at?.getTime() ?? 0) + seconds * 1000 };
}
