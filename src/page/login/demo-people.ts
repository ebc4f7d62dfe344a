import { Injectable } from '@nestjs/common';
import { KBaseClient } from '../../auth/authenticators/kbase/kbase.client.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';

/** The people of the demo, whom everybody may be who reaches it. There are none unless the auth service is the demo's stand-in. */
@Injectable()
export class DemoPeople {
  constructor(
    private readonly config: AppConfig,
    private readonly kbase: KBaseClient,
  ) {}

  get names(): string[] {
    return Object.keys(this.config.page?.demoTokens ?? {});
  }

  /** The token of one of them. Throws `not_found` if there is none of the name, `forbidden` if the auth service is a real one. */
  async tokenOf(name: string): Promise<string> {
    const tokens = this.config.page?.demoTokens ?? {};
    const token = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
    if (!token) throw noSuch('person of the demo');
    if (!(await this.kbase.isStandIn()))
      throw new Problem('forbidden', 'The authentication service is not the one of the demo');
    return token.reveal();
  }
}
