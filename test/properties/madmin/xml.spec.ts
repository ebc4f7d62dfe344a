import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseXml, readTexts } from '../../../src/madmin/xml.js';

const PATH = '/AssumeRoleResponse/AssumeRoleResult/Credentials';
const NAMES = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'];

/** As Go's encoding/xml writes text. */
const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
    .replaceAll('\t', '&#x9;')
    .replaceAll('\n', '&#xA;')
    .replaceAll('\r', '&#xD;');

const credentials = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `<${name}>${escaped(value)}</${name}>`)
    .join('');

const answer = (inside: string): string =>
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><Arn></Arn>' +
  `<AssumeRoleId></AssumeRoleId></AssumedRoleUser><Credentials>${inside}</Credentials></AssumeRoleResult>` +
  '<ResponseMetadata><RequestId>18A2B3</RequestId></ResponseMetadata></AssumeRoleResponse>';

const parsed = (xml: string): unknown => {
  try {
    const root = parseXml(xml) as { AssumeRoleResponse: { AssumeRoleResult: { Credentials: unknown } } };
    return root.AssumeRoleResponse.AssumeRoleResult.Credentials;
  } catch {
    return undefined;
  }
};
const read = (xml: string): Record<string, string> | undefined => {
  const texts = readTexts(xml, PATH);
  return texts && Object.fromEntries(texts);
};

// The parser trims, which the reader does not.
const value = fc
  .string({ unit: fc.constantFrom(...'aZ09+/= &;<>"\'\t\n#x', 'é', '𝄞'), minLength: 1, maxLength: 30 })
  .filter((text) => text === text.trim());
const values = fc.record(Object.fromEntries(NAMES.map((name) => [name, value])));

describe('the strict reader of answers', () => {
  it('reads what the parser reads', () => {
    fc.assert(
      fc.property(values, (sent) => {
        const xml = answer(credentials(sent));
        expect(read(xml)).toEqual(sent);
        expect(read(xml)).toEqual(parsed(xml));
      }),
    );
  });

  it('reads nothing else than the parser from an answer that was cut or changed, or refuses it', () => {
    const pieces = [
      '',
      '<',
      '>',
      '&',
      '</Credentials>',
      '<Credentials>',
      '<AccessKeyId>',
      '<!--',
      '-->',
      'x',
    ];
    const property = fc.property(
      values,
      fc.nat(),
      fc.nat(40),
      fc.constantFrom(...pieces),
      (sent, at, cut, put) => {
        const xml = answer(credentials(sent));
        const start = at % xml.length;
        const changed = xml.slice(0, start) + put + xml.slice(start + cut);
        const texts = read(changed);
        fc.pre(
          texts !== undefined && NAMES.every((name) => texts[name] && texts[name] === texts[name].trim()),
        );
        expect(parsed(changed)).toMatchObject(texts ?? {});
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  const plain = credentials({ AccessKeyId: 'A', SecretAccessKey: 'S', SessionToken: 'T', Expiration: 'E' });
  it.each([
    ['a comment', answer(`<!-- x -->${plain}`)],
    ['CDATA', answer(plain.replace('>A<', '><![CDATA[A]]><'))],
    ['a name that is there twice', answer(`${plain}<AccessKeyId>B</AccessKeyId>`)],
    ['two elements at the path', answer(plain).replace(/<Credentials>.*<\/Credentials>/, '$&$&')],
    ['mixed content', answer(`x${plain}`)],
    ['text after an element', answer(`${plain}x`)],
    ['an unknown entity', answer(plain.replace('>A<', '>&nbsp;<'))],
    ['an entity without an end', answer(plain.replace('>A<', '>&amp<'))],
    ['tags that do not match', answer(plain.replace('</AccessKeyId>', '</AccessKey>'))],
    ['an end that is missing', answer(plain).replace('</AssumeRoleResponse>', '')],
    ['a document type', answer(plain).replace('\n', '<!DOCTYPE x>')],
  ])('refuses %s', (_, xml) => {
    expect(readTexts(answer(plain), PATH)?.size).toBe(4);
    expect(readTexts(xml, PATH)).toBeUndefined();
  });
});
