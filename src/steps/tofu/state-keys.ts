import { Injectable } from '@nestjs/common';
import type { Secret } from '../../common/secret.js';
import { newSalt } from '../../secrets/derivation.js';
import { KeyRing } from '../../secrets/key-ring.js';
import type { KeptState } from './tofu-states.store.js';

type Salted = Pick<KeptState, 'team' | 'name' | 'secret_salt' | 'secret_key_id'>;

/** With what a state is encrypted. */
export interface StateKey {
  /** How it is encrypted from now on. */
  key: Pick<KeptState, 'secret_salt' | 'secret_key_id'>;
  /** The first one encrypts; a second one reads a state that was written with the former master key. */
  passphrases: [Secret, ...Secret[]];
}

/** The passphrases of states, derived from the master key. */
@Injectable()
export class StateKeys {
  constructor(private readonly keys: KeyRing) {}

  /** A state that is not kept yet. */
  fresh(team: string, name: string): Salted {
    return { team, name, secret_salt: newSalt(), secret_key_id: this.keys.currentId };
  }

  /** Throws if the master key of the state is not configured any more. */
  of(state: Salted): StateKey {
    const present = this.passphraseOf(state);
    if (state.secret_key_id === this.keys.currentId) return { key: keyOf(state), passphrases: [present] };
    const next = this.fresh(state.team, state.name);
    return { key: keyOf(next), passphrases: [this.passphraseOf(next), present] };
  }

  private passphraseOf({ team, name, ...salted }: Salted): Secret {
    return this.keys.statePassphraseOf({ principal: `${team}/${name}`, ...salted });
  }
}

const keyOf = ({ secret_salt, secret_key_id }: Salted): StateKey['key'] => ({ secret_salt, secret_key_id });
