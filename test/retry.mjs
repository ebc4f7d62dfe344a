import { expect, jest } from '@jest/globals';

// The suites of faults race real processes against real time-outs: a machine that stalls for seconds can lose such a race for the test.
// One that fails is shown and played once more; a defect that is there shows again. CI lists at its end what was played twice.
if (expect.getState().testPath?.includes('/test/faults/')) jest.retryTimes(1, { logErrorsBeforeRetry: true });
