import { writeFileSync } from 'node:fs';

/**
 * Ends a run with one line that needs no knowledge of Jest: `N passed, N failed`. A test file that could not run at
 * all counts as a failed test. With WHARF_TEST_SUMMARY_FILE the line goes there, for a caller that has more to print.
 */
export default class PlainReporter {
  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    const file = process.env.WHARF_TEST_SUMMARY_FILE;
    if (file) writeFileSync(file, `${line}\n`);
    // Jest's own summary comes after all reporters.
    else process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
