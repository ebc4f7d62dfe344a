const isSlow = process.env.SLOW_TESTS !== undefined && process.env.SLOW_TESTS !== '';

/** For tests that take minutes: they are run with SLOW_TESTS=1, and CI names their suites as left out. A core of each is in every run. */
export const slow = { it: isSlow ? it : it.skip, describe: isSlow ? describe : describe.skip };
