import type { Secret } from '../../common/secret.js';

/** The passphrases have 200 random bits, so more rounds would cost time and nothing else; this is the least that OpenTofu takes. */
const ROUNDS = 200_000;

/** TF_ENCRYPTION: the first passphrase encrypts states and plans, which are never written in clear; the others only read older states. */
export function encryptionOf(passphrases: readonly Secret[]): string {
  const methods = passphrases.map(
    (each, index) => `key_provider "pbkdf2" "k${index}" {
  passphrase = "${each.reveal()}"
  iterations = ${ROUNDS}
}
method "aes_gcm" "m${index}" {
  keys = key_provider.pbkdf2.k${index}
}
`,
  );
  const older = passphrases.slice(1).map((_, index) => `method.aes_gcm.m${index + 1}`);
  const fallback = older.reduceRight(
    (inner, method) => `  fallback {\n    method = ${method}\n${inner}  }\n`,
    '',
  );
  return `${methods.join('')}state {
  method = method.aes_gcm.m0
  enforced = true
${fallback}}
plan {
  method = method.aes_gcm.m0
  enforced = true
}
`;
}

/** What may be read of an encrypted state; undefined: it is none, or not whole. */
export function stampOf(state: string): { serial: number; lineage: string } | undefined {
  try {
    const { serial, lineage, encrypted_data: data } = JSON.parse(state) as Record<string, unknown>;
    return typeof serial === 'number' && typeof lineage === 'string' && typeof data === 'string'
      ? { serial, lineage }
      : undefined;
  } catch {
    return undefined;
  }
}
