import { spawnSync } from 'node:child_process';

/**
 * `npm run advisories`: asks the registry for known vulnerabilities of the packages that Wharf runs with (`npm audit`). Ends with 1 where there
 * are some. A registry that does not answer such questions, as many mirrors do not, is named, and is no failure.
 */
const audit = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const report = JSON.parse(audit.stdout) as { message?: string; metadata?: { vulnerabilities: { total: number } } };

if (!report.metadata) {
  console.log(`left out: the registry did not answer npm audit (${report.message ?? audit.stderr})`);
} else if (report.metadata.vulnerabilities.total > 0) {
  spawnSync('npm', ['audit', '--omit=dev'], { stdio: 'inherit' });
  process.exitCode = 1;
} else {
  console.log('the registry knows no vulnerability of the packages that Wharf runs with');
}
