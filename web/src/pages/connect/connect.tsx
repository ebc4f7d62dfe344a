import { words } from '../../words/en.ts';

/** Credentials on a click, and how programs use them. */
export default function Connect() {
  return <h1>{words.pages.connect}</h1>;
}
