import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findRefused, type Lockfile, productionPackages } from './licences/production-packages.ts';

/** `npm run licences`: under which licences the packages are that Wharf runs with. Ends with 1 where one of them is not permissive. */
const lockfile: Lockfile = JSON.parse(readFileSync(path.join(import.meta.dirname, '../package-lock.json'), 'utf8'));
const packages = productionPackages(lockfile);
const refused = findRefused(packages);

if (refused.length > 0) {
  for (const { licence, name } of refused) console.error(`${name}: ${licence ?? 'no licence'} is not permissive`);
  process.exitCode = 1;
} else if (process.argv.includes('--list')) {
  for (const { licence, name } of packages) console.log(`${licence}  ${name}`);
} else {
  const licences = [...new Set(packages.map(({ licence }) => licence))].sort();
  console.log(`${packages.length} packages run with Wharf, under ${licences.join(', ')}`);
}
