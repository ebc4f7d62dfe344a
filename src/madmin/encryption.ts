import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  pbkdf2,
  randomBytes,
} from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { argon2id } from './argon2.js';

/*
 * The envelope of MinIO's admin API: salt (32) | algorithm id (1) | nonce prefix (8) | chunks. A chunk is at most
 * 16,384 bytes of text and a 16-byte tag; the last one is marked in its associated data, so a cut envelope fails.
 */
export type Algorithm = 'argon2id-aes' | 'argon2id-chacha' | 'pbkdf2-aes';

/** The envelope could not be opened: wrong secret, damaged, truncated, or of an unknown kind. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';
}

type Cipher = 'aes-256-gcm' | 'chacha20-poly1305';
type Kdf = (secret: string, salt: Uint8Array) => Promise<Buffer>;

const ALGORITHMS: Record<Algorithm, { id: number; cipher: Cipher; kdf: Kdf }> = {
  'argon2id-aes': { id: 0x00, cipher: 'aes-256-gcm', kdf: argon2Key },
  'argon2id-chacha': { id: 0x01, cipher: 'chacha20-poly1305', kdf: argon2Key },
  'pbkdf2-aes': { id: 0x02, cipher: 'aes-256-gcm', kdf: pbkdf2Key },
};

const SALT_BYTES = 32;
const PREFIX_BYTES = 8;
const HEADER_BYTES = SALT_BYTES + 1 + PREFIX_BYTES;
const CHUNK_BYTES = 16_384;
const TAG_BYTES = 16;
const MORE = 0x00;
const LAST = 0x80;
/** About 4 MiB of AES between two turns of the event loop. */
const CHUNKS_PER_TURN = 256;

/** Runs at most `slots` tasks at once; the others wait in order. */
export class Limiter {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resume) => this.#waiting.push(resume));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

const pbkdf2Async = promisify(pbkdf2);
// Each derivation takes 64 MiB and four lanes: more of them at once gain nothing and cost memory.
const argon2Limit = new Limiter(2);

function pbkdf2Key(secret: string, salt: Uint8Array): Promise<Buffer> {
  return pbkdf2Async(secret, salt, 8192, 32, 'sha256');
}

function argon2Key(secret: string, salt: Uint8Array): Promise<Buffer> {
  return argon2Limit.run(() => argon2id(secret, salt));
}

/** Envelopes under one key: two of 500 random 64-bit nonce prefixes are equal with a probability of 10^-14. Time does not matter. */
const ENVELOPES_PER_KEY = 500;

/** A salt, and the key derived from it and the secret. */
interface EnvelopeKey {
  salt: Buffer;
  bytes: KeyObject;
}

/**
 * Seals bytes with the secret key of the signer of the request; MinIO accepts all three algorithms. The derivation takes over a
 * millisecond, so one derived key serves many envelopes. AES-GCM and ChaCha20-Poly1305 must never see a nonce twice under one key, and each
 * envelope has its own random prefix. The kept key reveals no more than the secret that is in memory beside it.
 */
export class Sealer {
  readonly #secret: string;
  readonly #algorithm: (typeof ALGORITHMS)[Algorithm];
  #key: Promise<EnvelopeKey> | undefined;
  #left = 0;

  constructor(secret: string, algorithm: Algorithm) {
    this.#secret = secret;
    this.#algorithm = ALGORITHMS[algorithm];
  }

  async seal(text: Uint8Array): Promise<Buffer> {
    const { id, cipher } = this.#algorithm;
    const { salt, bytes } = await this.#nextKey();
    const prefix = randomBytes(PREFIX_BYTES);
    const chunks = new Chunks(cipher, bytes, prefix);
    const parts: Uint8Array[] = [salt, Uint8Array.of(id), prefix];
    for (let start = 0, index = 0; start < text.length || index === 0; start += CHUNK_BYTES, index += 1) {
      const last = start + CHUNK_BYTES >= text.length;
      parts.push(chunks.seal(index, last, text.subarray(start, start + CHUNK_BYTES)));
      if (index % CHUNKS_PER_TURN === CHUNKS_PER_TURN - 1) await nextTurn();
    }
    return Buffer.concat(parts);
  }

  #nextKey(): Promise<EnvelopeKey> {
    if (this.#key && this.#left > 0) {
      this.#left -= 1;
      return this.#key;
    }
    const key = this.#derive();
    // a derivation that failed (no memory for Argon2id) is not kept
    key.catch(() => {
      if (this.#key === key) this.#key = undefined;
    });
    this.#key = key;
    this.#left = ENVELOPES_PER_KEY - 1;
    return key;
  }

  async #derive(): Promise<EnvelopeKey> {
    const salt = randomBytes(SALT_BYTES);
    return { salt, bytes: createSecretKey(await this.#algorithm.kdf(this.#secret, salt)) };
  }
}

/** Opens an envelope that MinIO, or a {@link Sealer}, sealed. Throws {@link DecryptionError}. */
export async function decrypt(secret: string, envelope: Uint8Array): Promise<Buffer> {
  if (envelope.length < HEADER_BYTES + TAG_BYTES) throw new DecryptionError('envelope too short');
  const algorithm = Object.values(ALGORITHMS).find(({ id }) => id === envelope[SALT_BYTES]);
  if (!algorithm) throw new DecryptionError('unknown encryption algorithm');
  const key = createSecretKey(await algorithm.kdf(secret, envelope.subarray(0, SALT_BYTES)));
  const chunks = new Chunks(algorithm.cipher, key, envelope.subarray(SALT_BYTES + 1, HEADER_BYTES));
  const parts: Buffer[] = [];
  for (let start = HEADER_BYTES, index = 0; start < envelope.length; index += 1) {
    const end = Math.min(start + CHUNK_BYTES + TAG_BYTES, envelope.length);
    parts.push(chunks.open(index, end === envelope.length, envelope.subarray(start, end)));
    start = end;
    if (index % CHUNKS_PER_TURN === CHUNKS_PER_TURN - 1) await nextTurn();
  }
  return Buffer.concat(parts);
}

/** Nonce and associated data of each chunk; the tag of an empty message under nonce 0 binds all chunks to the header. */
class Chunks {
  readonly #cipher: Cipher;
  readonly #key: KeyObject;
  readonly #prefix: Uint8Array;
  readonly #headerTag: Buffer;

  constructor(cipher: Cipher, key: KeyObject, prefix: Uint8Array) {
    this.#cipher = cipher;
    this.#key = key;
    this.#prefix = prefix;
    const sealer = this.#sealer(0);
    sealer.final();
    this.#headerTag = sealer.getAuthTag();
  }

  seal(index: number, last: boolean, text: Uint8Array): Buffer {
    const sealer = this.#sealer(index + 1).setAAD(this.#associatedData(last));
    const sealed = sealer.update(text);
    sealer.final();
    return Buffer.concat([sealed, sealer.getAuthTag()]);
  }

  open(index: number, last: boolean, chunk: Uint8Array): Buffer {
    const split = chunk.length - TAG_BYTES;
    if (split < 0) throw new DecryptionError('envelope cut short');
    const options = { authTagLength: TAG_BYTES };
    // The two calls differ in type only: Node's typings have one overload for each kind of cipher.
    const opener =
      this.#cipher === 'aes-256-gcm'
        ? createDecipheriv(this.#cipher, this.#key, this.#nonce(index + 1), options)
        : createDecipheriv(this.#cipher, this.#key, this.#nonce(index + 1), options);
    opener.setAAD(this.#associatedData(last)).setAuthTag(chunk.subarray(split));
    const text = opener.update(chunk.subarray(0, split));
    try {
      opener.final();
    } catch {
      throw new DecryptionError('wrong secret, or the envelope was changed or cut short');
    }
    return text;
  }

  #sealer(counter: number) {
    const options = { authTagLength: TAG_BYTES };
    return this.#cipher === 'aes-256-gcm'
      ? createCipheriv(this.#cipher, this.#key, this.#nonce(counter), options)
      : createCipheriv(this.#cipher, this.#key, this.#nonce(counter), options);
  }

  #nonce(counter: number): Buffer {
    const nonce = Buffer.alloc(PREFIX_BYTES + 4);
    nonce.set(this.#prefix);
    nonce.writeUInt32LE(counter, PREFIX_BYTES);
    return nonce;
  }

  #associatedData(last: boolean): Buffer {
    return Buffer.concat([Uint8Array.of(last ? LAST : MORE), this.#headerTag]);
  }
}
