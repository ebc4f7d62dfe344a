import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { AccessKeys } from '../../credentials/access-keys.js';
import type { IssuedAccessKeyDto } from '../../credentials/dto/access-key.dto.js';
import { AccessKeyInput } from '../kinds/subjects/access-key.kind.js';
import { Provisions } from './provisions.js';
import { ProvisionsStore } from './provisions.store.js';

/** Hands out the access key that a provision prepared, once: no secret is stored before that. */
@Injectable()
export class Claims {
  constructor(
    private readonly provisions: Provisions,
    private readonly store: ProvisionsStore,
    private readonly accessKeys: AccessKeys,
  ) {}

  /** Creates the access key and shows its secret. Throws `claimed` if this was already done. */
  async claim(id: string, context: RequestContext): Promise<IssuedAccessKeyDto> {
    const row = await this.provisions.require(id);
    const input = row.input as unknown as AccessKeyInput;
    const { caller } = context;
    if (row.kind !== 'access_key' || (!caller.admin && input.user_name !== caller.name))
      throw new Problem('not_found', 'There is no such provision');
    if (row.status !== 'completed') throw new Problem('not_possible', 'It is not completed');
    if (!(await this.store.markClaimed(id, true)))
      throw new Problem('claimed', 'It was already claimed; request another access key');
    try {
      const key = await this.accessKeys.issue(input.user_name, input.name, input.expires_in_seconds, context);
      await this.store.record(row, 'claimed', { by: context.name });
      return key;
    } catch (error) {
      await this.store.markClaimed(id, false);
      throw error;
    }
  }
}
