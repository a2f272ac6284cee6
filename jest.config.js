import { availableParallelism } from 'node:os';

const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Workspaces are tested from their sources, without a build in between.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.wharf/'],
  modulePathIgnorePatterns: ['/dist/'],
};

export default {
  // One more than two cores: most files wait for half of their time. No more than four, since each opens databases and streams of its own, and
  // the servers under test need room beside them.
  maxWorkers: Math.min(4, Math.max(3, availableParallelism() - 1)),
  // Concurrent tests wait most of the time, and still have to come within the limits of what they wait for.
  maxConcurrency: 3,
  testSequencer: '<rootDir>/scripts/longest-first.js',
  reporters: ['default', '<rootDir>/scripts/plain-reporter.js'],
  // Of the whole run: Jest takes it from no project.
  testTimeout: 60_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{libs/*,services/*,cli}/src/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/{libs/*,services/*,cli}/test/**/*.int.test.ts', '<rootDir>/e2e/**/*.e2e.test.ts'],
    },
  ],
};
