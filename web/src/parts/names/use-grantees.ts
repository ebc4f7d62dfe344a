import { useEffect, useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';

/** How long somebody must pause before the service is asked, in milliseconds: each look-up counts for the limit of writes. */
const PAUSE_MS = 250;
/** How many names are offered. */
const MOST = 8;

/**
 * The users and groups whom the person may mean who types this. Whom a person finds is the service's rule: nobody but those with whom
 * they share a group, and whoever they name in full. Empty where the service does not answer.
 */
export function useGrantees(text: string, kind: 'user' | 'group' | undefined): Schema['FoundGranteeDto'][] {
  const [found, setFound] = useState<Schema['FoundGranteeDto'][]>([]);
  useEffect(() => {
    setFound([]);
    if (text === '') return undefined;
    let isCurrent = true;
    const query = { q: text, limit: MOST, ...(kind === undefined ? {} : { kind }) };
    const timer = setTimeout(() => {
      ask(api.GET('/grantees', { params: { query } })).then(
        ({ items }) => isCurrent && setFound(items),
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text, kind]);
  return found;
}
