import fc from 'fast-check';
import { formatPath, homePath, isBelow, type LakePath, parsePath } from '../../../../src/policy/paths.js';

const where = { bucket: 'cdm-lake', usersPrefix: 'users-warehouse', userName: 'alice' };
const alice = 's3a://cdm-lake/users-warehouse/alice';
const home = homePath(where);

function parsed(text: string): LakePath {
  const result = parsePath(text);
  if (!result.ok) throw new Error(`${text} refused: ${result.rule}`);
  return result.path;
}

const segment = fc.oneof(
  fc.constantFrom(
    '.',
    '..',
    '...',
    '. ',
    ' ..',
    'a..b.parquet',
    'day=2026-01-01',
    'k=%20',
    '%2e',
    '%2F',
    '%41',
    '',
    ' ',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ unit: fc.constantFrom(...'aA0=+@é語😀._-*?${}\\%25e\u0000\u0085\n'), maxLength: 6 }),
);
const anyPath = fc
  .tuple(
    fc.constantFrom('s3a://', 's3://', 's3a:/', 'S3://', ''),
    fc.constantFrom('cdm-lake', 'b', 'a.b.c', '1.2.3.4', 'Cdm', 'a..b'),
    fc.array(segment, { maxLength: 4 }),
    fc.constantFrom('', '/'),
  )
  .map(([scheme, bucket, segments, end]) => `${scheme}${[bucket, ...segments].join('/')}${end}`);
const acceptedPath = anyPath.filter((text) => parsePath(text).ok);

describe('path grammar', () => {
  it.each([
    ['an object', `${alice}/a.csv`, { prefix: 'users-warehouse/alice/a.csv', folder: false }],
    ['a folder', `${alice}/a/`, { prefix: 'users-warehouse/alice/a', folder: true }],
    ['the s3 scheme', 's3://cdm-lake/x', { prefix: 'x', folder: false }],
    ['a Hive partition', `${alice}/t/day=2026-01-01/h=%20x/`, { folder: true }],
    ['another encoded character', `${alice}/%41%7e`, {}],
    ...['%2e%2e', '%2E', 'a%2Fb', 'a%5cb', '%252e', '%25', '%2500'].map((text): [string, string, object] => [
      'what looks encoded, as it is',
      `${alice}/${text}`,
      {},
    ]),
    ['dots inside a name', `${alice}/a..b.parquet`, {}],
    ['a name of three dots', `${alice}/...`, {}],
    ['blanks and plus signs', `${alice}/a b+c `, {}],
    ['other scripts', `${alice}/données/語/😀`, {}],
    ['the longest key', `s3a://cdm-lake/${'é'.repeat(512)}`, {}],
  ])('accepts %s', (_, text, expected) => {
    expect(parsed(text)).toMatchObject({ bucket: 'cdm-lake', ...expected });
  });

  it.each([
    ['no scheme', 'cdm-lake/x', 's3a://'],
    ['another scheme', 'https://cdm-lake/x', 's3a://'],
    ['upper case in the scheme', 'S3A://cdm-lake/x', 's3a://'],
    ['no bucket', 's3a:///x', 'bucket'],
    ['a bucket alone', 's3a://cdm-lake', 'at least one segment'],
    ['a bucket and a slash', 's3a://cdm-lake/', 'at least one segment'],
    ['an upper-case bucket', 's3a://CDM/x', 'bucket'],
    ['a wildcard bucket', 's3a://cdm-*/x', 'bucket'],
    ['an underscore in the bucket', 's3a://cdm_lake/x', 'bucket'],
    ['a bucket that is an address', 's3a://10.0.0.1/x', 'IP address'],
    ['dots in a row in the bucket', 's3a://a..b/x', 'dot'],
    ['a long bucket', `s3a://${'b'.repeat(64)}/x`, 'bucket'],
    ['.', `${alice}/./x`, 'segment'],
    ['..', `${alice}/../bob/x`, 'segment'],
    ['.. at the end', `${alice}/..`, 'segment'],
    ['.. with blanks, which MinIO trims', `${alice}/ .. /x`, 'segment'],
    ['an empty segment', `${alice}//x`, 'empty segment'],
    ['a leading slash in the key', 's3a://cdm-lake//x', 'empty segment'],
    ['two slashes at the end', `${alice}/x//`, 'empty segment'],
    ['a backslash', `${alice}\\..\\bob`, 'backslash'],
    ['a star', `${alice}/x*`, '* ? $'],
    ['a question mark', `${alice}/x?`, '* ? $'],
    ['a variable', `${alice}/\${aws:username}`, '* ? $'],
    ['a brace', `${alice}/{x`, '* ? $'],
    ['a newline', `${alice}/x\n`, 'control'],
    ['NUL', `${alice}/x\0`, 'control'],
    ['DEL', `${alice}/x\x7f`, 'control'],
    ['a C1 control', `${alice}/x\u0085`, 'control'],
    ['an encoded NUL', `${alice}/a%00`, '%00'],
    ['half a surrogate pair', `${alice}/\ud83d`, 'Unicode'],
    ['1,025 bytes in 513 characters', `s3a://cdm-lake/${'é'.repeat(512)}x`, '1024 bytes'],
  ])('refuses %s', (_, text, rule) => {
    expect(parsePath(text)).toEqual({ ok: false, rule: expect.stringContaining(rule) as string });
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(acceptedPath, (text) => {
        const path = parsed(text);
        expect(parsed(formatPath(path))).toEqual(path);
        expect(formatPath(path).replace('s3a:', '')).toBe(text.replace(/^s3a?:/, ''));
      }),
    );
  });

  it('accepts nothing that is a wildcard, a variable, a control character or a way up', () => {
    fc.assert(
      fc.property(acceptedPath, (text) => {
        const { prefix } = parsed(text);
        expect(prefix).not.toMatch(/[*?${}\\]|\p{Cc}|\p{Cs}|%00/iu);
        for (const part of prefix.split('/')) expect(['', '.', '..']).not.toContain(part.trim() || part);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a good path as soon as one bad thing is put anywhere into it', () => {
    const bad = fc.constantFrom(
      '*',
      '?',
      '$',
      '{',
      '}',
      '\\',
      '\0',
      '\x1f',
      '\x7f',
      '\x9f',
      '%00',
      '\ud800',
      '/../',
    );
    fc.assert(
      fc.property(acceptedPath, bad, fc.nat(), (text, insert, at) => {
        const key = text.indexOf('/', 6) + 1;
        const cut = key + (at % (text.length - key + 1));
        // Between the halves of a pair, half a pair would make a whole one with its neighbour.
        fc.pre(!/\p{Cs}/u.test(text.slice(0, cut)));
        expect(parsePath(text.slice(0, cut) + insert + text.slice(cut)).ok).toBe(false);
      }),
    );
  });

  it('says the rule without repeating the input', () => {
    fc.assert(
      fc.property(anyPath, (text) => {
        const result = parsePath(text);
        if (result.ok) return;
        expect(result.rule.length).toBeLessThan(80);
        if (text.length > 3) expect(result.rule).not.toContain(text);
      }),
    );
  });
});

describe('homes', () => {
  it('are folders with a marker', () => {
    expect(home).toEqual({ bucket: 'cdm-lake', prefix: 'users-warehouse/alice', folder: true });
    expect(formatPath(home)).toBe(`${alice}/`);
  });

  it.each([
    [`${alice}/a`, true],
    [`${alice}/a/b/`, true],
    [`${alice}/`, false],
    [alice, false],
    [`${alice}2/a`, false],
    [`${alice}.old/a`, false],
    ['s3a://cdm-lake/users-warehouse/bob/alice/', false],
    ['s3a://other-lake/users-warehouse/alice/a', false],
  ])('%s below the home of alice: %s', (text, below) => expect(isBelow(parsed(text), home)).toBe(below));
});
