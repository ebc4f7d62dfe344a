import { words } from '../../words/en.ts';

/** Why a provider could not be loaded, and what that means for those who use it. */
export function failureOf(message: string, digest: string | null): string {
  const { neverLoaded, stays } = words.providers;
  const text = message.trim();
  return `${text}${/[.!?]$/.test(text) ? '' : '.'} ${digest === null ? neverLoaded : stays}`;
}
