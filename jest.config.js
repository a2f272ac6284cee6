import { availableParallelism } from 'node:os';
import { leftOut } from './scripts/servers/left-out.ts';

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
  // Many tests wait for leases and outages: with as many workers as cores, two of them rest a fifth of the time. The servers under test need room
  // beside the workers, and each worker opens databases and streams of its own.
  maxWorkers: Math.min(4, Math.max(3, availableParallelism() - 1)),
  testSequencer: '<rootDir>/scripts/longest-first.js',
  reporters: ['default', '<rootDir>/scripts/plain-reporter.js'],
  // Of the whole run: Jest takes it from no project.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs/*,services/*,cli}/src/**/*.test.ts', '<rootDir>/{scripts,web/src}/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      testPathIgnorePatterns: [...shared.testPathIgnorePatterns, ...(leftOut()?.patterns ?? [])],
      testMatch: ['<rootDir>/{libs/*,services/*,cli}/test/**/*.int.test.ts', '<rootDir>/e2e/**/*.e2e.test.ts'],
    },
  ],
};
