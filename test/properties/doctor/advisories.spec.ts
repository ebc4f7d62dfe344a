import fc from 'fast-check';
import { advisories, supported } from '../../../src/doctor/checks/minio/advisories.js';
import { ADVISORIES, lacking, releaseDay } from '../../../src/minio/probes/advisories.js';

const ids = (day: string) => lacking(day).map(({ id }) => id);

describe('known advisories', () => {
  it.each([
    ['2026-09-16T00:00:00Z', '2026-09-16'],
    ['RELEASE.2025-09-07T16-13-09Z', '2025-09-07'],
    ['DEVELOPMENT.GOGET', undefined],
    ['DEVELOPMENT.2026-09-16T00-00-00Z', undefined],
    ['', undefined],
  ])('the day of %p is %p', (version, day) => {
    expect(releaseDay(version)).toBe(day);
  });

  it('have a name of their own and the day of a release', () => {
    expect(new Set(ADVISORIES.map(({ id }) => id)).size).toBe(ADVISORIES.length);
    for (const { closedIn } of ADVISORIES) expect(closedIn).toMatch(/^202\d-\d\d-\d\d$/);
  });

  it('are those of the releases that came later', () => {
    expect(ids('2026-09-16')).toEqual([]);
    expect(ids('2026-09-03')).toEqual(['SN-2026-011', 'SN-2026-012', 'SN-2026-013', 'SN-2026-014']);
    expect(ids('2026-02-12')).toEqual(expect.arrayContaining(['CVE-2026-40344', 'CVE-2026-41145']));
    expect(ids('2026-02-12')).not.toContain('CVE-2025-62506');
    expect(ids('2025-09-07')).toHaveLength(ADVISORIES.length);
  });

  it('a newer release never lacks more', () => {
    const day = fc
      .integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) })
      .map((at) => new Date(at).toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, day, (one, other) => {
        const [older, newer] = one < other ? [one, other] : [other, one];
        expect(ids(older)).toEqual(expect.arrayContaining(ids(newer)));
      }),
    );
  });
});

describe('the check of them', () => {
  it('names what the oldest node lacks, and a release that has all of it', () => {
    const { verdict, detail, remedy } = advisories('MinIO', ['2026-09-16T00:00:00Z', '2026-09-03T13:18:01Z']);
    expect(verdict).toBe('warning');
    expect(detail).toContain('SN-2026-011');
    expect(detail).not.toContain('SN-2026-010');
    expect(remedy).toContain('RELEASE.2026-09-16T00-00-00Z');
  });

  it('is content with the newest, and judges no build that names no release', () => {
    expect(advisories('MinIO', ['2026-10-06T00:00:00Z'])).toMatchObject({ verdict: 'ok', remedy: '' });
    for (const versions of [[], ['DEVELOPMENT.GOGET'], ['2026-09-16T00:00:00Z', 'DEVELOPMENT.GOGET']])
      expect(advisories('MinIO', versions)).toMatchObject({ verdict: 'ok', remedy: '' });
    expect(advisories('MinIO', ['DEVELOPMENT.GOGET']).detail).toContain('DEVELOPMENT.GOGET names no release');
  });

  it('knows none of RustFS, and says so', () => {
    const { verdict, detail } = advisories('RustFS', ['refs/tags/1.0.1']);
    expect(verdict).toBe('warning');
    expect(detail).toContain('not known');
  });
});

describe('the check of the server', () => {
  it('names it, and warns of one that is supported in part', () => {
    const silo = supported('MinIO', '2026-09-16T00:00:00Z');
    expect(silo).toMatchObject({ verdict: 'ok', remedy: '' });
    expect(silo.detail).toContain('2026-09-16');
    expect(supported('RustFS', 'refs/tags/1.0.1')).toEqual({
      verdict: 'warning',
      detail: 'RustFS, refs/tags/1.0.1, is supported in part',
      remedy: expect.stringContaining('docs/servers.md'),
    });
    expect(supported('MinIO').verdict).toBe('ok');
  });
});
