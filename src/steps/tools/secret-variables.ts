import { Injectable } from '@nestjs/common';
import { MissingThings } from '../../common/problems/missing-things.js';
import { Problem } from '../../common/problems/problem.js';
import type { Secret } from '../../common/secret.js';
import { Targets } from '../../targets/targets.js';
import { leftSecret } from '../deliver/deliver.js';

/** Where a secret is in a vault. */
export interface SecretPlace {
  target?: string;
  path: string;
  key: string;
}

/** Values of variables that are in a vault. */
@Injectable()
export class SecretVariables {
  constructor(private readonly targets: Targets) {}

  /** Read at this moment, and kept nowhere. Throws `MissingThings` if one is not there. */
  async of(places: Readonly<Record<string, SecretPlace>> = {}, team: string): Promise<Map<string, Secret>> {
    const found = new Map<string, Secret>();
    for (const [name, place] of Object.entries(places)) found.set(name, await this.at(place, team));
    return found;
  }

  /** One secret; see {@link of}. */
  async at({ target, path, key }: SecretPlace, team: string): Promise<Secret> {
    const vault = this.targets.vault(target, team);
    const secret = (await vault.kv.valuesOf(path, [key]))?.values.get(key);
    if (secret) return secret;
    const why = `The vault ${vault.name} has no secret at ${path} with the key ${key}`;
    throw new MissingThings(new Problem('not_possible', why), [leftSecret(vault, path)]);
  }
}
