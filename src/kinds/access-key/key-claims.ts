import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import { AccessKeys } from '../../credentials/access-keys.js';
import { type Answer, KeyHandouts } from '../../credentials/claims/key-handouts.js';
import type { IssuedAccessKeyDto } from '../../credentials/dto/access-key.dto.js';
import { AccessKeyInput } from './access-key.kind.js';
import { Provisions } from '../../provisioning/records/provisions.js';

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
    const { user_name, name, expires_in_seconds } = provision.input as unknown as AccessKeyInput;
    const { caller } = context;
    if (provision.kind !== 'access_key' || (!caller.admin && user_name !== caller.name))
      throw noSuch('provision');
    if (provision.status !== 'completed') throw new Problem('not_possible', 'It is not completed');
    const claimedDetail = 'It was already claimed; request another access key';
    return this.handouts.handOut(
      { table: 'provision', id, claimedDetail },
      { sent: (trx) => this.provisions.record(provision, 'claimed', { by: context.name }, trx) },
      answer,
      (claim) => this.accessKeys.issue(user_name, name, expires_in_seconds, context, claim),
    );
  }
}
