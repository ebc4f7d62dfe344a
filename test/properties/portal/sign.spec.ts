import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { isSigned, pythonDumps } from '../../../src/data-products/webhooks/sign.js';

const SECRET = 'clé secrète';
const sign = (text: string | Buffer) => createHmac('sha512', SECRET).update(text).digest('hex');

/** What a Python sender puts on the wire, as httpx does, and what the portal signs. */
function python(texts: string[]): { wire: string; dumped: string }[] {
  const script = `
import json, sys
def both(text):
    message = json.loads(text)
    return {"wire": json.dumps(message, ensure_ascii=False, separators=(",", ":")), "dumped": json.dumps(message)}
print(json.dumps([both(text) for text in json.load(sys.stdin)]))`;
  const ran = spawnSync('python3', ['-c', script], { input: JSON.stringify(texts), encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout) as { wire: string; dumped: string }[];
}

const number = fc.constantFrom(
  '0',
  '-0',
  '-0.0',
  '1.0',
  '1.50',
  '1E5',
  '1e100',
  '1e-7',
  '0.1',
  '123456789012345678901234567890',
  '-9007199254740993',
  '5e-324',
  '1.7976931348623157e308',
);
const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }).map((value) => JSON.stringify(value));
const text = fc.oneof(
  json,
  json.map((each) => `{"method":"POST", "response":${JSON.stringify(each)}}`),
  fc.array(fc.oneof(number, json), { maxLength: 5 }).map((each) => ` [ ${each.join(' ,\n\t')} ] `),
  // a name twice: Python keeps one, so that what it sends has it once
  fc.tuple(json, number).map(([first, second]) => `{"a":${first},"b":1,"a":${second}}`),
);

describe('the signature of a webhook', () => {
  it('is over what Python prints, whatever Python sent', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 80 }), (texts) => {
        for (const { wire, dumped } of python(texts)) {
          expect(pythonDumps(wire)).toBe(dumped);
          expect(isSigned(Buffer.from(wire), sign(dumped), SECRET)).toBe(true);
        }
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ['letters beyond ASCII', '{"a":"é🎉"}', '{"a": "\\u00e9\\ud83c\\udf89"}'],
    ['the character 0x7f', '"\u007f~"', '"\\u007f~"'],
    [
      'control characters',
      '"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\\\/"',
      '"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/"',
    ],
    ['half a pair', '"\\ud800"', '"\\ud800"'],
    ['separators inside of strings', '{"a:b,c":"d, e: f"}', '{"a:b,c": "d, e: f"}'],
    ['blanks', ' {\r\n"a" :\t[ ] , "b":{ } } ', '{"a": [], "b": {}}'],
    ['integers of any size', '[123456789012345678901234567890]', '[123456789012345678901234567890]'],
  ])('as Python prints %s', (_, given, dumped) => {
    expect(pythonDumps(given)).toBe(dumped);
    expect(python([given])).toMatchObject([{ dumped }]);
  });

  it.each([
    ['a number in another spelling', '[1E5,1.50,-0]', '[1E5, 1.50, -0]', '[100000.0, 1.5, 0]'],
    ['a name that occurs twice', '{"a":1,"a":2}', '{"a": 1, "a": 2}', '{"a": 2}'],
  ])('of %s is not what Python would make of it', (_, given, ours, dumped) => {
    expect(pythonDumps(given)).toBe(ours);
    expect(python([given])).toMatchObject([{ dumped }]);
  });

  it.each(['', '{', '{"a":1,}', 'NaN', "{'a':1}", '\ufeff{}'])(
    'is not made of what is no JSON: %j',
    (given) => {
      expect(pythonDumps(given)).toBeUndefined();
      expect(isSigned(Buffer.from(given), sign('{}'), SECRET)).toBe(false);
    },
  );

  it('may be over the very bytes, even if they are not UTF-8', () => {
    for (const raw of [Buffer.from('{"a":"é"}'), Buffer.from([0x22, 0xff, 0x22])]) {
      expect(isSigned(raw, sign(raw), SECRET)).toBe(true);
      expect(isSigned(raw, sign(Buffer.concat([raw, Buffer.from(' ')])), SECRET)).toBe(false);
    }
  });

  it('is refused when it is missing, of another form, or off by one bit', () => {
    const raw = Buffer.from('{"a": 1}');
    const good = sign(raw);
    const flipped = Buffer.from(good, 'hex');
    flipped[63]! ^= 1;
    const bad = [undefined, '', good.slice(1), `${good}0`, good.toUpperCase(), ` ${good}`, `sha512=${good}`];
    for (const header of [...bad, `${good}\n`, 'x'.repeat(128), flipped.toString('hex')])
      expect(isSigned(raw, header, SECRET)).toBe(false);
    expect(isSigned(raw, good, SECRET)).toBe(true);
  });

  it('of a large and deep message is made, too', () => {
    const large = `{"response":"${'\\"é'.repeat(15_000)}","x":${'['.repeat(9000)}${']'.repeat(9000)}}`;
    expect(isSigned(Buffer.from(large), sign(large), SECRET)).toBe(true);
    expect(pythonDumps(large)).toContain('\\"\\u00e9');
  });
});
