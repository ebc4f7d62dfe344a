import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { concerns, isAuthentic, pushOf } from '../../../src/providers/reloads/push.js';

const SECRET = 'a secret of eight and more';
const PUSH = { 'x-gitea-event': 'push' };
const url = 'https://git.example.org/data/geo.git';

describe('what a Git server tells of a push', () => {
  it('is authentic with the HMAC of exactly this body, in the form of each server', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (one, two) => {
        const [body, other] = [Buffer.from(one), Buffer.from(two)];
        const digest = createHmac('sha256', SECRET).update(body).digest('hex');
        for (const headers of [
          { 'x-hub-signature-256': `sha256=${digest}` },
          { 'x-gitea-signature': digest },
        ]) {
          expect(isAuthentic(body, headers, SECRET)).toBe(true);
          expect(isAuthentic(other, headers, SECRET)).toBe(body.equals(other));
          expect(isAuthentic(body, headers, `${SECRET}x`)).toBe(false);
        }
        expect(isAuthentic(body, { 'x-hub-signature-256': digest }, SECRET)).toBe(false);
      }),
    );
    expect(isAuthentic(Buffer.from(''), { 'x-gitlab-token': SECRET }, SECRET)).toBe(true);
    expect(isAuthentic(Buffer.from(''), { 'x-gitlab-token': '' }, SECRET)).toBe(false);
  });

  it('concerns providers of the repository, and of the branch or tag that moved', () => {
    const moved = (body: object) => {
      const push = pushOf(body, PUSH);
      return (git_url: string, ref: string | null) => push !== undefined && concerns(push, { git_url, ref });
    };
    const repository = { clone_url: url, default_branch: 'main' };
    const main = moved({ ref: 'refs/heads/main', repository });
    expect([main(url, null), main(url, 'main'), main(url, 'v1')]).toEqual([true, true, false]);
    expect([main('https://git.example.org/Data/geo/', 'main'), main(`${url}x`, 'main')]).toEqual([
      true,
      false,
    ]);
    expect(moved({ ref: 'refs/tags/v1', repository })(url, 'v1')).toBe(true);
  });

  it('is read in no time, whatever it is: never an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const push = pushOf(body, PUSH);
        expect(push === undefined || Array.isArray(push.addresses)).toBe(true);
      }),
    );
    // more than an address has; its slashes alone would take minutes
    const clone_url = `https://git.example.org/${'/'.repeat(500_000)}x`;
    expect(pushOf({ repository: { clone_url } }, PUSH)).toBeUndefined();
  });
});
