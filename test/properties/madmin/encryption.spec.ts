import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Algorithm, decrypt, DecryptionError, Limiter, Sealer } from '../../../src/madmin/encryption.js';

const ALGORITHMS: Algorithm[] = ['argon2id-aes', 'argon2id-chacha', 'pbkdf2-aes'];
const SIZES = [0, 1, 16_383, 16_384, 16_385, 32_768, 100_000];
const HEADER = 41;
const CHUNK = 16_384 + 16;

const encrypt = (secret: string, text: Uint8Array, algorithm: Algorithm): Promise<Buffer> =>
  new Sealer(secret, algorithm).seal(text);

/** How often the event loop turned before the task was done. */
async function turnsDuring(task: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let next = setImmediate(function count(): void {
    turns += 1;
    next = setImmediate(count);
  });
  await task();
  clearImmediate(next);
  return turns;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../fixtures/madmin/vectors.json', import.meta.url), 'utf8'),
) as { password: string; hex: string }[];

describe('the envelope of the admin API', () => {
  it.each(vectors.map((vector, index) => [index, vector] as const))('opens vector %i', async (_, vector) => {
    const sealed = Buffer.from(vector.hex, 'hex');
    const text = await decrypt(vector.password, sealed);
    expect(text).toHaveLength(sealed.length - HEADER - 16);
    await expect(decrypt(`${vector.password}x`, sealed)).rejects.toThrow(DecryptionError);
  });

  it.each(ALGORITHMS)('round trips all sizes: %s', async (algorithm) => {
    for (const size of SIZES) {
      const text = randomBytes(size);
      const sealed = await encrypt('sécret ☃', text, algorithm);
      expect(sealed).toHaveLength(HEADER + size + 16 * Math.max(1, Math.ceil(size / 16_384)));
      expect(sealed[32]).toBe(ALGORITHMS.indexOf(algorithm));
      expect((await decrypt('sécret ☃', sealed)).equals(text)).toBe(true);
    }
  });

  it('round trips any bytes and any secret', async () => {
    const property = fc.asyncProperty(
      fc.uint8Array({ maxLength: 40_000 }),
      fc.string(),
      async (text, secret) => {
        const sealed = await encrypt(secret, text, 'pbkdf2-aes');
        expect((await decrypt(secret, sealed)).equals(text)).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('refuses any changed byte', async () => {
    const sealed = await encrypt('secret-secret', randomBytes(20_000), 'pbkdf2-aes');
    const position = fc.nat(sealed.length - 1).filter((index) => index !== 32);
    const property = fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), async (index, flip) => {
      const changed = Buffer.from(sealed);
      changed[index]! ^= flip;
      await expect(decrypt('secret-secret', changed)).rejects.toThrow(DecryptionError);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('refuses any cut, also between two chunks', async () => {
    const sealed = await encrypt('secret-secret', randomBytes(50_000), 'pbkdf2-aes');
    const cuts = [0, 40, 41, 56, HEADER + CHUNK, HEADER + 2 * CHUNK, HEADER + 3 * CHUNK, sealed.length - 1];
    for (const cut of [...cuts, HEADER + CHUNK + 7]) {
      await expect(decrypt('secret-secret', sealed.subarray(0, cut))).rejects.toThrow(DecryptionError);
    }
    const swapped = Buffer.concat([
      sealed.subarray(0, HEADER),
      sealed.subarray(HEADER + CHUNK, HEADER + 2 * CHUNK),
      sealed.subarray(HEADER, HEADER + CHUNK),
      sealed.subarray(HEADER + 2 * CHUNK),
    ]);
    await expect(decrypt('secret-secret', swapped)).rejects.toThrow(DecryptionError);
    const longer = Buffer.concat([sealed, randomBytes(40)]);
    await expect(decrypt('secret-secret', longer)).rejects.toThrow(DecryptionError);
  });

  it('refuses algorithms that it does not know, before any work', async () => {
    const sealed = await encrypt('secret-secret', randomBytes(10), 'pbkdf2-aes');
    sealed[32] = 3;
    await expect(decrypt('secret-secret', sealed)).rejects.toThrow('unknown encryption algorithm');
  });

  it('lets the event loop turn while it seals, after every 4 MiB, and while a key is derived', async () => {
    const sealer = new Sealer('secret-secret', 'pbkdf2-aes');
    expect(await turnsDuring(() => sealer.seal(randomBytes(1)))).toBeGreaterThan(0);
    // the key is kept: what turns now is between the chunks
    const text = randomBytes(20 * 1024 * 1024);
    expect(await turnsDuring(() => sealer.seal(text))).toBeGreaterThanOrEqual(5);
  });

  it('has a nonce of its own each time, and a new salt after 500', async () => {
    const sealer = new Sealer('secret-secret', 'pbkdf2-aes');
    const texts = Array.from({ length: 1001 }, () => randomBytes(20));
    const sealed = await Promise.all(texts.map((text) => sealer.seal(text)));
    const salts = sealed.map((each) => each.subarray(0, 32).toString('hex'));
    expect(salts.map((salt) => salts.indexOf(salt))).toEqual(salts.map((_, index) => index - (index % 500)));
    expect(new Set(sealed.map((each) => each.subarray(33, 41).toString('hex'))).size).toBe(texts.length);
    for (const index of [0, 499, 500, 999, 1000])
      expect((await decrypt('secret-secret', sealed[index]!)).equals(texts[index]!)).toBe(true);
  });

  it('limits how many derivations run at once, in order, also when one fails', async () => {
    const limiter = new Limiter(2);
    let running = 0;
    let most = 0;
    const started: number[] = [];
    const task = async (index: number): Promise<void> => {
      started.push(index);
      most = Math.max(most, (running += 1));
      await nextTurn();
      running -= 1;
      if (index === 1) throw new Error('failed');
    };
    const results = await Promise.allSettled(
      [0, 1, 2, 3, 4, 5].map((index) => limiter.run(() => task(index))),
    );
    expect(most).toBe(2);
    expect(started).toEqual([0, 1, 2, 3, 4, 5]);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });
});
