import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scrypt,
} from 'node:crypto';
import { promisify } from 'node:util';
import { Secret } from '../common/secret.js';

const scryptAsync = promisify<
  string,
  string,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

/** RFC 7914 parameters: about 0.4 s and 128 MiB, once per start. They make it costly to guess a weak input from a stolen key id. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 };
const KEY_BYTES = 32;
/** AES-GCM sizes that NIST SP 800-38D recommends. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const SECRET_CHARACTERS = 40;

/** A master key, which is never printed. Its id may be stored and shown: it distinguishes keys without revealing them. */
export class MasterKey {
  // with plain bytes, HKDF would take twice as long
  readonly #key: KeyObject;
  readonly #sealKey: KeyObject;
  readonly id: string;

  constructor(bytes: Buffer) {
    this.#key = createSecretKey(bytes);
    this.#sealKey = createSecretKey(expand(this.#key, Buffer.alloc(0), 'minio-manager/seal/v1'));
    this.id = expand(this.#key, Buffer.alloc(0), 'minio-manager/key-check/v1').toString('hex').slice(0, 32);
  }

  /**
   * The secret key of a principal: 40 characters of `[a-z2-7]`, 200 bits. No character of the alphabet has a special meaning in a shell, a
   * URL or a command line, and MinIO allows at most 40 characters for keys it creates.
   */
  userSecret(principal: string, salt: string): Secret {
    return this.secret('user-secret', principal, salt);
  }

  /** The password of a principal in PostgreSQL; neither of the two tells anything about the other. */
  databasePassword(principal: string, salt: string): Secret {
    return this.secret('database-password', principal, salt);
  }

  /** With what a state of OpenTofu is encrypted; its `principal` is the team and the name of the state. */
  statePassphrase(principal: string, salt: string): Secret {
    return this.secret('tofu-state', principal, salt);
  }

  private secret(
    label: 'user-secret' | 'database-password' | 'tofu-state',
    principal: string,
    salt: string,
  ): Secret {
    const bytes = expand(this.#key, Buffer.from(salt, 'hex'), `minio-manager/${label}/v1\0${principal}`);
    let text = '';
    let bits = 0;
    let value = 0;
    for (const byte of bytes) {
      value = ((value << 8) | byte) & 0xffff;
      for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(value >> (bits - 5)) & 31];
    }
    return new Secret(text.slice(0, SECRET_CHARACTERS));
  }

  /** The private key that signs receipts. */
  signingKey(): KeyObject {
    const seed = expand(this.#key, Buffer.alloc(0), 'minio-manager/receipts/v1');
    return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' });
  }

  /** Encrypts a short text that must be readable later but not be stored in plain text: nonce, ciphertext and tag in base64url. */
  seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** Decrypts a sealed text; undefined if it was sealed with another key. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.#sealKey, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

/** Stretches a configured text (MASTER_KEY, or the MinIO admin secret) into a master key. */
export async function deriveMasterKey(text: Secret): Promise<MasterKey> {
  return new MasterKey(await scryptAsync(text.reveal(), 'minio-manager/master-key/v1', KEY_BYTES, SCRYPT));
}

/** A new salt: 256 random bits in hex. It is not secret: without the master key it reveals nothing. */
export function newSalt(): string {
  return randomBytes(32).toString('hex');
}

function expand(key: KeyObject, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, KEY_BYTES));
}
