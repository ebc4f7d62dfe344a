import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { compactVerify, CompactSign } from 'jose';
import { MasterKey } from '../../../src/secrets/derivation.js';
import { canonical, digestOf, isSame } from '../../../src/common/canonical.js';

/** The same value with the fields of its objects in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).reverse();
  return Object.fromEntries(fields.map(([name, inner]) => [name, shuffled(inner)]));
}

const keys = [1, 2].map((byte) => new MasterKey(Buffer.alloc(32, byte)).signingKey());
const [key, other] = keys as [(typeof keys)[0], (typeof keys)[0]];
const sign = (text: string) =>
  new CompactSign(Buffer.from(text)).setProtectedHeader({ alg: 'EdDSA' }).sign(key);

describe('a receipt', () => {
  it('has one text for one value, whatever the order of the fields', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(canonical(shuffled(plain))).toBe(canonical(plain));
        expect(JSON.parse(canonical(plain))).toEqual(plain);
        expect(canonical(JSON.parse(canonical(plain)))).toBe(canonical(plain));
      }),
    );
    expect(canonical({ b: [1, { d: 1, c: 2 }], a: undefined })).toBe('{"b":[1,{"c":2,"d":1}]}');
    expect([isSame({}, []), isSame({ a: 1 }, [['a', 1]]), isSame(undefined, undefined)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(digestOf({ a: 1, b: false })).not.toBe(digestOf({ a: 1, b: 'false' }));
  });

  it('is signed with Ed25519: the public key checks it, another key or a changed byte does not', async () => {
    const jws = await sign(canonical({ run_id: 'x', status: 'completed' }));
    const { payload } = await compactVerify(jws, createPublicKey(key));
    expect(Buffer.from(payload).toString()).toBe('{"run_id":"x","status":"completed"}');
    await expect(compactVerify(jws, createPublicKey(other))).rejects.toThrow('signature');
    await fc.assert(
      fc.asyncProperty(fc.nat(jws.length - 1), fc.constantFrom('A', 'b', '7', '_'), async (at, letter) => {
        // the last letter has bits that count for nothing
        fc.pre(jws[at] !== letter && jws[at] !== '.' && at < jws.length - 1);
        const changed = `${jws.slice(0, at)}${letter}${jws.slice(at + 1)}`;
        await expect(compactVerify(changed, createPublicKey(key))).rejects.toThrow();
      }),
    );
  });
});
