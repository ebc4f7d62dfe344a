import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const ID_BYTES = 32;
const KEY_BYTES = 32;
/** AES-GCM sizes that NIST SP 800-38D recommends. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^[\w-]{43}$/;

/** The id of a session, which only the browser keeps. What the database has of it neither is it nor opens anything. */
export class SessionId {
  private constructor(readonly value: string) {}

  /** A new one: 256 random bits in base64url. */
  static random(): SessionId {
    return new SessionId(randomBytes(ID_BYTES).toString('base64url'));
  }

  /** The id that a cookie has; undefined for anything that is none. */
  static of(value: string | undefined): SessionId | undefined {
    return value !== undefined && FORM.test(value) ? new SessionId(value) : undefined;
  }

  /** SHA-256 in hex: the session's key in the database. */
  get hash(): string {
    return createHash('sha256').update(this.value).digest('hex');
  }

  /** Encrypts a text: nonce, ciphertext and tag in base64url. It can be opened with this id only, in the row of this id only. */
  seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key(), nonce).setAAD(Buffer.from(this.hash));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** The sealed text; undefined if it was sealed with another id, or changed. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.key(), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(this.hash)).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }

  toString(): string {
    return '[session id]';
  }

  toJSON(): string {
    return this.toString();
  }

  private key(): Buffer {
    const salt = Buffer.alloc(0);
    return Buffer.from(hkdfSync('sha256', this.value, salt, 'minio-manager/page-session/v1', KEY_BYTES));
  }
}
