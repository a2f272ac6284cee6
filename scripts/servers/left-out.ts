import { spawnSync } from 'node:child_process';

/** Since 1.21 kubectl knows components of kustomizations. Debian 12 has an older one. */
const oldestKubectl = [1, 21];

/** Test files that cannot run here, as patterns of their paths, and why. */
export function leftOut(): { patterns: string[]; why: string } | undefined {
  const { stdout } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  const [, ...found] = /"gitVersion": "v(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  const [major = 0, minor = 0] = found.map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestKubectl;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return {
    patterns: ['/e2e/kubernetes[^/]*\\.e2e\\.', '/e2e/deployments\\.e2e\\.'],
    why: `the tests of deploy/k8s need kubectl ${oldestKubectl.join('.')} or newer (https://kubernetes.io/docs/tasks/tools)`,
  };
}
