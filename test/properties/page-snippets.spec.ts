import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { snippetsOf } from '../../web/src/pages/connect/snippets.js';
import { environmentOf } from '../../web/src/parts/keys/environment.js';

const target = { endpoint: 'https://s3.example.org', region: 'us-east-1', home: 's3a://lake/users/alice/' };
/** What a secret, a token or an address may be made of, and what a shell would read otherwise. */
const value = fc.string({
  unit: fc.constantFrom(...'ab19/+=\'"$`\\ !*;&|<>(){}#~\n'),
  minLength: 1,
  maxLength: 30,
});

describe('what the page offers to paste', () => {
  it('sets exactly these variables, whatever is in a value', () => {
    fc.assert(
      fc.property(value, value, value, (access_key, secret_key, session_token) => {
        const script = environmentOf({ access_key, secret_key, session_token }, target);
        const names = [
          'AWS_ACCESS_KEY_ID',
          'AWS_SECRET_ACCESS_KEY',
          'AWS_SESSION_TOKEN',
          'AWS_ENDPOINT_URL_S3',
        ];
        const print = names.map((name) => `printf '%s\\0' "$${name}"`).join('\n');
        const out = execFileSync('/bin/sh', ['-c', `${script}\n${print}`], { encoding: 'utf8', env: {} });
        expect(out.split('\0').slice(0, -1)).toEqual([
          access_key,
          secret_key,
          session_token,
          target.endpoint,
        ]);
      }),
      { numRuns: 40 },
    );
  });

  it('takes away the token of an earlier session where there is none', () => {
    const script = environmentOf({ access_key: 'a', secret_key: 'b' }, target);
    const env = { AWS_SESSION_TOKEN: 'old' };
    const out = execFileSync('/bin/sh', ['-c', `${script}\nprintf '%s' "$AWS_SESSION_TOKEN"`], {
      encoding: 'utf8',
      env,
    });
    expect(out).toBe('');
  });

  it('has no secret in any of the other lines', () => {
    for (const { text } of snippetsOf(target)) expect(text).not.toMatch(/SECRET|SESSION_TOKEN|secret_key/);
  });
});
