import { XMLParser } from 'fast-xml-parser';

// Values stay text: an access key of twenty digits must not become a number.
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  htmlEntities: true,
});

/** XML of MinIO (STS answers, and errors of its global middleware) as nested objects of strings. */
export function parseXml(text: string): unknown {
  return parser.parse(text);
}
