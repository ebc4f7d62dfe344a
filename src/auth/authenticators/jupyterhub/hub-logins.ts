import { Injectable } from '@nestjs/common';
import { Problem } from '../../../common/problems/problem.js';
import { Tokens } from '../tokens.js';
import { HubAuthenticator, noUser } from './hub.authenticator.js';
import type { HubIdentity } from './hub.client.js';

const ACCESS = 'access:services';

/**
 * People who log in at the hub, by the token that the hub gives to this service's own OAuth client. Such a token may not enter the person's
 * servers, so as the token of a request it is refused: other services of the hub hold tokens of the same form.
 */
@Injectable()
export class HubLoginAuthenticator extends HubAuthenticator {
  protected override bar({ kind, scopes }: HubIdentity): Problem | undefined {
    if (kind !== 'user') return noUser();
    // the hub takes the scope away from whoever may not use the service any more
    if (!scopes || scopes.some((scope) => scope === ACCESS || scope.startsWith(`${ACCESS}!service=`)))
      return undefined;
    return new Problem('forbidden', 'The hub says that this person may not use this service');
  }
}

/** Tokens of logins at the hub, checked and cached as every other token, but valid for the sessions that they opened alone. */
export class HubLogins extends Tokens {}
