import * as crypto from 'node:crypto';
import { promisify } from 'node:util';

type Derive = (secret: string, salt: Uint8Array) => Promise<Buffer>;

interface HashWasm {
  argon2id(options: {
    password: string;
    salt: Uint8Array;
    memorySize: number;
    parallelism: number;
    iterations: number;
    hashLength: number;
    outputType: 'binary';
  }): Promise<Uint8Array>;
}

/** As MinIO derives keys. */
const [MEMORY_KIB, LANES, PASSES, KEY_BYTES] = [65_536, 4, 1, 32] as const;
/** A dependency of the published package only: the service runs on a Node that has Argon2. */
const WEB_ASSEMBLY: string = 'hash-wasm';

/** Node has it since 24.7. */
const native = (crypto as Partial<typeof crypto>).argon2;

/** The key that MinIO derives from a secret. On a Node without Argon2 the caller's thread computes it. */
export const argon2id: Derive = native ? byNode(promisify(native)) : byWebAssembly;

function byNode(
  derive: (algorithm: 'argon2id', parameters: crypto.Argon2Parameters) => Promise<Buffer>,
): Derive {
  const cost = { parallelism: LANES, tagLength: KEY_BYTES, memory: MEMORY_KIB, passes: PASSES };
  return (secret, salt) => derive('argon2id', { message: secret, nonce: salt, ...cost });
}

async function byWebAssembly(secret: string, salt: Uint8Array): Promise<Buffer> {
  const wasm = (await import(WEB_ASSEMBLY)) as HashWasm;
  const cost = { memorySize: MEMORY_KIB, parallelism: LANES, iterations: PASSES, hashLength: KEY_BYTES };
  return Buffer.from(await wasm.argon2id({ password: secret, salt, ...cost, outputType: 'binary' }));
}
