/** Go's zero time, and the epoch that stands for "never expires", are no dates. */
export function dateOf(text: string | null | undefined): Date | undefined {
  if (!text) return undefined;
  const date = new Date(text);
  return date.getTime() > 0 ? date : undefined;
}

/** MinIO joins policy names by commas, and stores empty elements if it receives some. */
export function splitList(text: string | null | undefined): string[] {
  return (text ?? '').split(',').filter((name) => name !== '');
}
