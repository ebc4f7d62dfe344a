import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { HubClient } from './jupyterhub/hub.client.js';
import { KBaseClient } from './kbase/kbase.client.js';
import { OidcAuthenticator } from './oidc/oidc.authenticator.js';

/** A service that identifies people, as the doctor checks it. */
export interface Directory {
  /** Name of its doctor check. */
  name: 'kbase_auth' | 'jupyterhub' | 'oidc';
  /** The variable that configures it. */
  variable: string;
  configured: boolean;
  /** Describes the server that answers. Throws a problem if it is the wrong one or none answers. */
  ping: () => Promise<string>;
}

/** Every service that can issue tokens of people. */
@Injectable()
export class Directories {
  readonly all: readonly Directory[];

  constructor(config: AppConfig, kbase: KBaseClient, hub: HubClient, oidc: OidcAuthenticator) {
    this.all = [
      {
        name: 'kbase_auth',
        variable: 'KBASE_AUTH_URL',
        configured: kbase.configured,
        ping: async () => `The KBase auth service answers, version ${await kbase.ping()}`,
      },
      {
        name: 'jupyterhub',
        variable: 'JUPYTERHUB_API_URL',
        configured: hub.configured,
        ping: async () => `JupyterHub answers, version ${await hub.ping()}`,
      },
      {
        name: 'oidc',
        variable: 'OIDC_ISSUER',
        configured: config.oidc !== undefined,
        ping: async () => `The issuer ${await oidc.ping()} answers`,
      },
    ];
  }
}
