import fc from 'fast-check';
import { meaningOf } from '../../../src/data-products/approved/access-mode.js';
import { assetPath } from '../../../src/data-products/approved/asset-path.js';
import { endOf, isOver, soonestEnd } from '../../../src/data-products/approved/ends.js';
import { portAccess, unionOf } from '../../../src/data-products/approved/port-access.js';
import { namespaceProblem, prefixCandidates } from '../../../src/data-products/project/project-name.js';

const place = { bucket: 'data-products', prefix: 'sales' };
const approval = { providerId: 'p', outputPortId: 'o', mode: null, since: null, until: null };
const part = fc.oneof(
  fc.constantFrom(
    'sales',
    'sales-extra',
    'hr',
    'staging',
    '..',
    '.',
    '',
    '*',
    'a?',
    '${x}',
    '%2e%2e',
    'a\\b',
    '\n',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const text = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/'));
const asset = fc.record({
  bucket: fc.constantFrom('data-products', 'cdm-lake', '', 'data-products/sales'),
  suffix: fc.oneof(fc.constant('sales'), text),
  path: text,
});

describe('a technical asset', () => {
  it('gives a folder strictly below the own prefix, or nothing', () => {
    let given = 0;
    fc.assert(
      fc.property(asset, (each) => {
        const found = assetPath(each, place);
        if ('ignored' in found) return;
        given += 1;
        expect(each.bucket).toBe('data-products');
        expect(found.prefix).toMatch(/^sales\/./);
        for (const segment of found.prefix.split('/')) expect(['', '.', '..']).not.toContain(segment);
        expect(found.prefix).not.toMatch(/[*?${}\\\p{Cc}]/u);
      }),
      { numRuns: 2000 },
    );
    expect(given).toBeGreaterThan(50);
  });

  it('of our bucket keeps a port from giving what is published, wherever it lies', () => {
    fc.assert(
      fc.property(fc.array(asset, { minLength: 1, maxLength: 4 }), (assets) => {
        const { paths } = portAccess(approval, place, assets);
        const ours = assets.some(({ bucket }) => bucket === 'data-products');
        for (const path of paths) expect(path).toMatch(/^sales\/./);
        if (!ours) expect(paths).toEqual(['sales/staging', 'sales/data_mart']);
        expect(paths.length).toBeLessThanOrEqual(assets.length + 1);
      }),
    );
  });

  it('in any number gives no more than one owner may give', () => {
    const many = Array.from({ length: 3000 }, (_, at) => ({
      bucket: 'data-products',
      suffix: 'sales',
      path: `p${at}`,
    }));
    const port = portAccess(approval, place, many);
    expect(port.paths).toHaveLength(100);
    expect(port.ignored).toEqual([expect.stringContaining('more than 100')]);
    const ports = Array.from({ length: 30 }, (_, at) => portAccess(approval, place, many.slice(at * 100)));
    expect(unionOf(ports).length).toBeLessThan(1000);
  });
});

describe('the mode of a port', () => {
  it.each([
    [null, 'read'],
    ['read', 'read'],
    ['Read', 'read'],
    ['s3-read', 'read'],
    ['read only', 'read'],
    ['readonly', 'read'],
    ['write', 'write'],
    ['s3-write', 'write'],
    ['read-write', 'write'],
    ['Read / Write', 'write'],
    ['READWRITE', 'write'],
    ['rw', 'write'],
    ['no write', 'unknown'],
    ['not-write', 'unknown'],
    ['write protected', 'unknown'],
    ['overwrite', 'unknown'],
    ['admin', 'unknown'],
    ['', 'unknown'],
    ['schreiben', 'unknown'],
  ] as const)('%j means %s', (mode, meaning) => {
    expect(meaningOf(mode)).toBe(meaning);
  });

  it('gives write on a path where any port does', () => {
    const [read, write] = [null, 'write'].map((mode) => portAccess({ ...approval, mode }, place, []));
    for (const ports of [
      [read!, write!],
      [write!, read!],
    ])
      expect(unionOf(ports)).toEqual([
        { prefix: 'sales/staging', permission: 'write' },
        { prefix: 'sales/data_mart', permission: 'write' },
      ]);
  });
});

describe('the last day', () => {
  it('is one of access to its end, by the clock of UTC', () => {
    expect(isOver('2026-11-28', new Date('2026-11-28T23:59:59.999Z'))).toBe(false);
    expect(isOver('2026-11-28', new Date('2026-11-29T00:00:00Z'))).toBe(true);
    expect(isOver(null, new Date())).toBe(false);
    expect(isOver('2026-99-99', new Date())).toBe(true);
    expect(soonestEnd([null, '2027-01-01', '2026-12-31'])).toEqual(endOf('2026-12-31'));
    expect(soonestEnd([null])).toBeNull();
  });
});

describe('prefixes', () => {
  it('are all different, each one that can be a prefix, the namespace first', () => {
    const namespace = fc
      .string({ unit: fc.constantFrom(...'ab01+=,.@_-'), minLength: 1, maxLength: 64 })
      .filter((name) => namespaceProblem(name) === undefined);
    fc.assert(
      fc.property(namespace, (name) => {
        const all = [...prefixCandidates(name, '0123456789ab')];
        expect(all[0]).toBe(name);
        expect(new Set(all).size).toBe(all.length);
        for (const prefix of all) expect(namespaceProblem(prefix)).toBeUndefined();
        if (name.length <= 51) expect(all[1]).toBe(`${name}-6789ab`);
      }),
    );
  });
});
