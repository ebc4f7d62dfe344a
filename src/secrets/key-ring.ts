import type { KeyObject } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Problem } from '../common/problems/problem.js';
import type { Secret } from '../common/secret.js';
import { AppConfig } from '../config/app-config.js';
import { deriveMasterKey, MasterKey } from './derivation.js';
import { KeyChecksStore } from './key-checks.store.js';

/** The service does not start because the database belongs to another master key. */
export class WrongMasterKey extends Error {
  override readonly name = 'WrongMasterKey';

  constructor(known: boolean) {
    super(
      known
        ? 'MASTER_KEY (or, without it, MINIO_ROOT_PASSWORD) is an older key of this database: configure the newest one'
        : 'This database was made with another key. Set MASTER_KEY_PREVIOUS to the former MASTER_KEY (or to the former ' +
            'MINIO_ROOT_PASSWORD, if MASTER_KEY was not set) to move to the new one, or configure the former key again. ' +
            'docs/credentials.md tells what to do when the former key is lost.',
    );
  }
}

/** The configured keys. They are stretched in another thread from the first moment on, while the database is opened and migrated. */
@Injectable()
export class StretchedKeys {
  readonly #keys: Promise<MasterKey[]>;

  constructor(config: AppConfig) {
    this.#keys = stretch(config);
    // whoever asks for them gets the failure
    this.#keys.catch(() => undefined);
  }

  /** The current key, then the previous one if there is one. */
  all(): Promise<MasterKey[]> {
    return this.#keys;
  }
}

/** One after the other: each takes 128 MiB meanwhile. */
async function stretch({ masterKey, minio }: AppConfig): Promise<MasterKey[]> {
  const current = await deriveMasterKey(masterKey.current ?? minio.secretKey);
  return masterKey.previous ? [current, await deriveMasterKey(masterKey.previous)] : [current];
}

/** A principal, and what its secrets are derived from. */
interface Salted {
  principal: string;
  secret_salt: string;
  secret_key_id: string;
}

/** The master keys in use: the current one, and the previous one while some users' secrets still derive from it. */
@Injectable()
export class KeyRing implements OnModuleInit {
  readonly #keys = new Map<string, MasterKey>();
  #current!: MasterKey;

  constructor(
    private readonly stretched: StretchedKeys,
    private readonly checks: KeyChecksStore,
  ) {}

  async onModuleInit(): Promise<void> {
    const keys = await this.stretched.all();
    for (const key of keys) this.#keys.set(key.id, key);
    [this.#current] = keys as [MasterKey];
    await this.check();
  }

  /** The id of the key for new secrets. */
  get currentId(): string {
    return this.#current.id;
  }

  /** Whether the key with this id is configured; without it the secret can only be replaced. */
  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /** The current secret of a principal. */
  secretOf({ principal, secret_salt: salt, secret_key_id: keyId }: Salted): Secret {
    return this.keyOf(keyId).userSecret(principal, salt);
  }

  /** The current password of a principal in PostgreSQL: another one whenever its secret is another one. */
  databasePasswordOf({ principal, secret_salt: salt, secret_key_id: keyId }: Salted): Secret {
    return this.keyOf(keyId).databasePassword(principal, salt);
  }

  /** With what a state of OpenTofu is encrypted. */
  statePassphraseOf({ principal, secret_salt: salt, secret_key_id: keyId }: Salted): Secret {
    return this.keyOf(keyId).statePassphrase(principal, salt);
  }

  /** The private key that signs receipts now. */
  signingKey(): KeyObject {
    return this.#current.signingKey();
  }

  /** Encrypts a short text for the database with the current key. */
  seal(text: string): string {
    return this.#current.seal(text);
  }

  /** Decrypts a sealed text; undefined if its key is no longer configured. */
  open(sealed: string): string | undefined {
    for (const key of this.#keys.values()) {
      const text = key.open(sealed);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  private keyOf(keyId: string): MasterKey {
    const key = this.#keys.get(keyId);
    if (!key) throw new Problem('internal', 'The key that this secret was derived with is not configured');
    return key;
  }

  private async check(): Promise<void> {
    const known = await this.checks.register(this.#current.id, (newest) => this.#keys.has(newest));
    if (known !== 'accepted') throw new WrongMasterKey(known === 'older');
  }
}
