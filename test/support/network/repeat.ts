/** Repeats a request until it is ended, and gives the distinct outcomes: `['ok']` when none was refused. */
export function repeated(request: () => Promise<string>): { end: () => Promise<string[]> } {
  let ended = false;
  const seen = new Set<string>();
  const running = (async () => {
    do seen.add(await request());
    while (!ended);
    // at least one that began after the end
    seen.add(await request());
  })();
  return {
    end: async () => {
      ended = true;
      await running;
      return [...seen];
    },
  };
}
