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
      fc.property(fc.array(text, { minLength: 50, maxLength: 200 }), (texts) => {
        for (const { wire, dumped } of python(texts)) {
          expect(pythonDumps(wire)).toBe(dumped);
          expect(isSigned(Buffer.from(wire), sign(dumped), SECRET)).toBe(true);
        }
      }),
      { numRuns: 4 },
    );
  });

  it('is over what Python prints in the cases that differ most from what is sent', () => {
    const rows = {
      '{"a":"é🎉"}': '{"a": "\\u00e9\\ud83c\\udf89"}',
      '"\u007f~"': '"\\u007f~"',
      '"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\\\/"': '"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/"',
      '"\\ud800"': '"\\ud800"',
      '{"a:b,c":"d, e: f"}': '{"a:b,c": "d, e: f"}',
      ' {\r\n"a" :\t[ ] , "b":{ } } ': '{"a": [], "b": {}}',
      '[123456789012345678901234567890]': '[123456789012345678901234567890]',
    };
    expect(Object.keys(rows).map(pythonDumps)).toEqual(Object.values(rows));
    expect(python(Object.keys(rows)).map(({ dumped }) => dumped)).toEqual(Object.values(rows));
  });

  it('is not made as Python would of numbers in another spelling and of names that occur twice', () => {
    const given = ['[1E5,1.50,-0]', '{"a":1,"a":2}'];
    expect(given.map(pythonDumps)).toEqual(['[1E5, 1.50, -0]', '{"a": 1, "a": 2}']);
    expect(python(given).map(({ dumped }) => dumped)).toEqual(['[100000.0, 1.5, 0]', '{"a": 2}']);
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
