/** One answer of a list. */
interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** All items of a list that is short by nature, such as the groups of a person; at most `limit` of them. */
export async function all<T>(
  ask: (cursor: string | undefined) => Promise<Page<T>>,
  limit = 2000,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return items;
}
