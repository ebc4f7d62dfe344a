import { brokenRule } from '../../common/problems/problem.js';
import type { Settings } from '../../minio/buckets/bucket-settings.js';
import type { ShownChange } from '../../provisioning/kinds/kind.js';

/** S3's limit. */
export const MAX_TAGS = 50;
/** What S3 takes, without white space at the ends, which answers in XML lose. */
const TAG_TEXT = /^[\w+\-=.:/@]([\w+\-=.:/@ ]*[\w+\-=.:/@])?$/;

/** The settings that a bucket should have; absent ones stay as they are. */
export interface Wanted {
  /** False asks for nothing: versioning is never switched off. */
  versioning?: boolean;
  /** Null: no limit. */
  quota_bytes?: number | null;
  /** Other tags stay. */
  tags?: Readonly<Record<string, string>>;
}

/** One setting, and its value before and after a provision changed it; null: there was or will be none. */
export interface SettingChange {
  /** `versioning`, `quota_bytes`, or `tags.` and the key. */
  setting: string;
  before: string | number | null;
  after: string | number | null;
}

const TAG = 'tags.';

/** The key of the tag that the setting is. */
export function tagOf(setting: string): string | undefined {
  return setting.startsWith(TAG) ? setting.slice(TAG.length) : undefined;
}

export function valueOf({ versioning, quota, tags }: Settings, setting: string): string | number | null {
  if (setting === 'versioning') return versioning;
  if (setting === 'quota_bytes') return quota;
  return Object.entries(tags).find(([key]) => key === tagOf(setting))?.[1] ?? null;
}

/** Every setting that is asked for, with its value now and the one it should have. */
export function compare(now: Settings, { versioning, quota_bytes, tags = {} }: Wanted): SettingChange[] {
  const wanted: [string, string | number | null][] = [
    ...(versioning ? [['versioning', 'enabled'] as [string, string]] : []),
    ...(quota_bytes === undefined ? [] : [['quota_bytes', quota_bytes] as [string, number | null]]),
    // the database does not keep the order
    ...Object.entries(tags)
      .sort(byKey)
      .map(([key, value]): [string, string] => [`${TAG}${key}`, value]),
  ];
  return wanted.map(([setting, after]) => ({ setting, before: valueOf(now, setting), after }));
}

function byKey([one]: [string, string], [other]: [string, string]): number {
  return one < other ? -1 : 1;
}

export function differs({ before, after }: SettingChange): boolean {
  return before !== after;
}

/** The change for people to read. */
export function shown(bucket: string, { setting, before, after }: SettingChange): ShownChange {
  const tag = tagOf(setting);
  const name = tag ?? setting;
  const change = tag === undefined ? `set_${setting}` : 'set_tag';
  return { change, target: `bucket ${bucket}`, before: { [name]: before }, after: { [name]: after } };
}

/** Throws 422 with the key that breaks a rule. */
export function requireTags(tags: Readonly<Record<string, unknown>>, field: string): void {
  const all = Object.entries(tags);
  if (all.length > MAX_TAGS) throw brokenRule(field, `at most ${MAX_TAGS} tags`);
  for (const [key, value] of all) {
    if (key.length > 128 || !TAG_TEXT.test(key))
      throw brokenRule(
        field,
        'a key has 1 to 128 letters, digits, spaces and + - = . _ : / @, none at its ends a space',
      );
    const isText = typeof value === 'string' && value.length <= 256 && (value === '' || TAG_TEXT.test(value));
    if (!isText)
      throw brokenRule(
        `${field}.${key}`,
        'must be text of at most 256 letters, digits, spaces and + - = . _ : / @, none at its ends a space',
      );
  }
}
