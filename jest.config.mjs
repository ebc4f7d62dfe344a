const swc = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

export default {
  testEnvironment: 'node',
  rootDir: '.',
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  testSequencer: '<rootDir>/test/sequencer.mjs',
  // two for each of CI's cores: a suite computes for about half of its time, and waits for servers, leases and time-outs in the other
  maxWorkers: 4,
  // it ends what hangs: how long a test may take on a busy machine is not what it tests
  testTimeout: 240_000,
};
