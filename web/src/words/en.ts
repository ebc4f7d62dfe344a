import { admin } from './en/admin.ts';
import { common } from './en/common.ts';
import { explorer } from './en/explorer.ts';
import { forms } from './en/forms.ts';
import { operations } from './en/operations.ts';
import { people } from './en/people.ts';
import { providers } from './en/providers.ts';
import { workflows } from './en/workflows.ts';

/** Every text of the page, in American English. Another language is a second object of the same type. */
const en = {
  ...common,
  ...people,
  ...admin,
  ...explorer,
  ...operations,
  ...workflows,
  ...forms,
  ...providers,
};

export type Words = typeof en;
/** The texts in use. */
export const words: Words = en;
