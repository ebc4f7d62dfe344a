import fc from 'fast-check';
import { readTraceParent, writeTraceParent } from '../../../src/common/tracing/trace-parent.js';

const hex = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    .filter((text) => /[^0]/.test(text));
const parents = fc.record({ traceId: hex(32), spanId: hex(16), isSampled: fc.boolean() });
const [TRACE, SPAN] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

describe('the header traceparent', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(parents, (parent) => {
        expect(readTraceParent(writeTraceParent(parent))).toEqual(parent);
      }),
    );
  });

  it('means nothing with one character more, less, or other than hexadecimal in small letters', () => {
    fc.assert(
      fc.property(parents, fc.nat(54), fc.constantFrom('', 'g', 'A', ' ', '00'), (parent, at, put) => {
        const text = writeTraceParent(parent);
        const broken = text.slice(0, at) + put + text.slice(at + 1);
        expect([broken, readTraceParent(broken)]).toEqual([broken, undefined]);
      }),
    );
  });

  it.each([
    ['a later version, with more behind it', `01-${TRACE}-${SPAN}-01-what-will-be`, true],
    ['a later version as it is', `cc-${TRACE}-${SPAN}-03`, true],
    ['flags that are not known yet', `00-${TRACE}-${SPAN}-fe`, false],
  ])('is read: %s', (_, text, isSampled) => {
    expect(readTraceParent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  it.each([
    ['more behind it in this version', `00-${TRACE}-${SPAN}-01-more`],
    ['the version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a later version with something right behind it', `01-${TRACE}-${SPAN}-01.more`],
    ['two of them', `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`],
    ['nothing', ''],
    ['no header', undefined],
    ['several headers', [`00-${TRACE}-${SPAN}-01`]],
  ])('means nothing: %s', (_, given) => {
    expect(readTraceParent(given)).toBeUndefined();
  });
});
