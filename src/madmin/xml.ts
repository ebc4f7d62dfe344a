import { XMLParser } from 'fast-xml-parser';

// Values stay text: an access key of twenty digits must not become a number.
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  htmlEntities: true,
});

/** Parses the XML of errors (of STS, of MinIO's global middleware, of a proxy before it) into nested objects of strings. */
export function parseXml(text: string): unknown {
  return parser.parse(text);
}

const DECLARATION = /^(?:<\?xml version="1\.0" encoding="UTF-8"\?>)?\s*/;
const TAG_AND_TEXT = /<(\/?)([A-Za-z][\w.-]*)(?:\s+[\w:.-]+="[^"<]*")*\s*>([^<]*)/y;
/** XML's own five, and those that Go's encoding/xml writes for quotes and white space. */
const ENTITIES = new Map(
  Object.entries({
    ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" },
    ...{ '&#34;': '"', '&#39;': "'", '&#x9;': '\t', '&#xA;': '\n', '&#xD;': '\r' },
  }),
);

/**
 * The texts of the elements directly inside the element at `path` (`/A/B`), by name: for answers of a known shape, at a fraction of the
 * parser's cost. Strict: undefined for anything but elements, text and {@link ENTITIES} (no comments, no CDATA), for mixed content, and if
 * `path` or a name directly below it occurs twice.
 */
export function readTexts(xml: string, path: string): Map<string, string> | undefined {
  const texts = new Map<string, string>();
  let [at, found, position] = ['', false, DECLARATION.exec(xml)?.[0].length ?? 0];
  // the text since a start tag, as long as nothing else came
  let leaf: string | undefined;
  while (position < xml.length) {
    TAG_AND_TEXT.lastIndex = position;
    const [tag, slash, name = '', text = ''] = TAG_AND_TEXT.exec(xml) ?? [];
    if (tag === undefined) return undefined;
    position += tag.length;
    if (slash) {
      if (!at.endsWith(`/${name}`) || text.trim()) return undefined;
      at = at.slice(0, -name.length - 1);
      if (at === path && leaf !== undefined) {
        const value = decodeEntities(leaf);
        if (value === undefined || texts.has(name)) return undefined;
        texts.set(name, value);
      }
      leaf = undefined;
    } else {
      at += `/${name}`;
      if (leaf?.trim() || (at === path && found)) return undefined;
      found ||= at === path;
      leaf = text;
    }
  }
  return at === '' ? texts : undefined;
}

/** Undefined if an entity is not among {@link ENTITIES}. */
function decodeEntities(text: string): string | undefined {
  let known = true;
  const decoded = text.replace(/&[^;&]*;?/g, (entity) => {
    const character = ENTITIES.get(entity);
    known &&= character !== undefined;
    return character ?? '';
  });
  return known ? decoded : undefined;
}
