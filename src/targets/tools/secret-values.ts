import { createHash } from 'node:crypto';

export const SENSITIVE = '(sensitive)';
const MAX_TEXT = 1000;
/** A shorter value stands in too many texts by chance: it is hidden only where it is the whole text. */
const MIN_PART = 8;

/**
 * Values that nobody may see. OpenTofu marks them in what it prints, but not everywhere: the `output` of a `terraform_data` whose `input` is
 * sensitive has no mark. So a value that is marked once is hidden wherever it stands.
 */
export class SecretValues {
  readonly #values = new Set<string>();

  constructor(values: Iterable<string> = []) {
    for (const each of values) this.#values.add(each);
    this.#values.delete('');
  }

  /** Learns the texts of a value, or of the parts of it that are marked. Marks are true, or have the form of the value. */
  learn(value: unknown, marks: unknown): void {
    if (marks === true && (typeof value === 'string' || typeof value === 'number')) {
      if (String(value) !== '') this.#values.add(String(value));
    } else if (typeof value === 'object' && value !== null && (marks === true || isTree(marks)))
      for (const [name, each] of Object.entries(value))
        this.learn(each, marks === true || (marks as Record<string, unknown>)[name]);
  }

  /** Whether a text is one of them, or has one in it. */
  isIn(text: string): boolean {
    if (this.#values.has(text)) return true;
    return [...this.#values].some((each) => each.length >= MIN_PART && text.includes(each));
  }

  /** Whether one is anywhere in a value. */
  isInside(value: unknown): boolean {
    if (typeof value === 'string' || typeof value === 'number') return this.isIn(String(value));
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([name, each]) => this.isIn(name) || this.isInside(each));
  }

  /** A text without them. */
  without(text: string): string {
    if (this.#values.has(text)) return SENSITIVE;
    const parts = [...this.#values].filter((each) => each.length >= MIN_PART);
    return parts
      .sort((a, b) => b.length - a.length)
      .reduce((masked, each) => masked.replaceAll(each, SENSITIVE), text);
  }

  /** A value without them, and with long texts made short. */
  hideIn(value: unknown): unknown {
    if (typeof value === 'string') return shortened(this.without(value));
    if (typeof value === 'number') return this.#values.has(String(value)) ? SENSITIVE : value;
    if (Array.isArray(value)) return value.map((each) => this.hideIn(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [this.without(name), this.hideIn(each)]),
    );
  }
}

/** A long text is told by its beginning and its digest: a difference in the rest is seen, too. */
function shortened(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${text.slice(0, 200)}… (${text.length} characters, sha256 ${digest})`;
}

function isTree(marks: unknown): boolean {
  return typeof marks === 'object' && marks !== null;
}
