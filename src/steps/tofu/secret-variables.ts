import { Injectable } from '@nestjs/common';
import { MissingThings } from '../../common/problems/missing-things.js';
import { Problem } from '../../common/problems/problem.js';
import type { Secret } from '../../common/secret.js';
import { Targets } from '../../targets/targets.js';
import { leftSecret } from '../deliver/deliver.js';
import type { TofuInput } from './input.js';

/** Values of variables that are in a vault. */
@Injectable()
export class SecretVariables {
  constructor(private readonly targets: Targets) {}

  /** Read at this moment, and kept nowhere. Throws `MissingThings` if one is not there. */
  async of({ secret_variables: secrets = {} }: TofuInput, team: string): Promise<Map<string, Secret>> {
    const found = new Map<string, Secret>();
    for (const [name, { target, path, key }] of Object.entries(secrets)) {
      const vault = this.targets.vault(target, team);
      const secret = (await vault.kv.valuesOf(path, [key]))?.values.get(key);
      if (!secret) {
        const why = `The vault ${vault.name} has no secret at ${path} with the key ${key}`;
        throw new MissingThings(new Problem('not_possible', why), [leftSecret(vault, path)]);
      }
      found.set(name, secret);
    }
    return found;
  }
}
