import fc from 'fast-check';
import { brakeReason, few, type Portal } from '../../../src/data-products/watch/brake.js';

const PORTAL: Portal = { url: 'http://portal', marks: ['a', 'b'] };
const survey = (held: number, missed: number, now = PORTAL, before: Portal | null = PORTAL) =>
  brakeReason({ held, missed, before, now });

describe('the brake of a resync', () => {
  it.each([
    ['one of many', survey(20, 1)],
    ['a few', survey(20, 3)],
    ['a tenth of very many', survey(100, 10)],
    ['the only one, where the portal is known again', survey(1, 1)],
    [
      'none, in a portal that is called and set up otherwise',
      survey(5, 0, { url: 'http://b', marks: ['c'] }),
    ],
    ['one, in a portal that has moved', survey(20, 1, { ...PORTAL, url: 'http://b' })],
    ['one, where one lifecycle is left', survey(20, 1, { ...PORTAL, marks: ['b', 'x'] })],
    ['one, where nothing is known to compare', survey(20, 1, PORTAL, null)],
    ['nothing to miss', survey(0, 0, { url: 'http://b', marks: [] }, null)],
  ])('stays off for %s', (_, why) => {
    expect(why).toBeNull();
  });

  it.each([
    ['more than a few', survey(20, 4), 'more than 3 of 20'],
    ['more than a tenth of very many', survey(100, 11), 'more than 10 of 100'],
    [
      'one, where nothing of the configuration is the same',
      survey(20, 1, { ...PORTAL, marks: ['x'] }),
      'another',
    ],
    ['all, be it two', survey(2, 2), 'none of the 2'],
    ['the only one at another address', survey(1, 1, { ...PORTAL, url: 'http://b' }), 'none of the 1'],
    [
      'the only one, where nothing tells portals apart',
      survey(1, 1, { ...PORTAL, marks: [] }),
      'none of the 1',
    ],
    ['the only one, where no portal is known yet', survey(1, 1, PORTAL, null), 'none of the 1'],
  ])('is on for %s', (_, why, said) => {
    expect(why).toContain(said);
  });

  it('is never on when nothing is missing, always when more than a few are, and does not look back', () => {
    const marks = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
    const portal = fc.record({ url: fc.constantFrom('http://a', 'http://b'), marks });
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), portal, fc.option(portal), (held, some, now, before) => {
        const missed = Math.min(held, some);
        const why = brakeReason({ held, missed, before, now });
        if (missed === 0) expect(why).toBeNull();
        if (missed > few(held)) expect(why).not.toBeNull();
        if (missed === held && held > 1) expect(why).not.toBeNull();
      }),
    );
  });
});
