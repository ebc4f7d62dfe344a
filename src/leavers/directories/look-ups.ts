import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { HubLookUp } from './hub.look-up.js';
import { KBaseLookUp } from './kbase.look-up.js';
import { KeycloakLookUp } from './keycloak.look-up.js';
import type { LookUp } from './look-up.js';

/** The directories that are configured to be asked. */
@Injectable()
export class LookUps {
  readonly all: readonly LookUp[];

  constructor({ kbase, jupyterhub, oidc }: AppConfig) {
    this.all = [
      ...(kbase?.lookUpToken ? [new KBaseLookUp(kbase.url, kbase.lookUpToken)] : []),
      ...(jupyterhub?.lookUpToken ? [new HubLookUp(jupyterhub.url, jupyterhub.lookUpToken)] : []),
      ...(oidc?.lookUp ? [new KeycloakLookUp(oidc, oidc.lookUp)] : []),
    ];
  }
}
