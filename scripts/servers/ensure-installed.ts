import { existsSync } from 'node:fs';
import { type Log, runToEnd, serverEnvironment } from './child-process.ts';
import { findExecutable } from './find-executable.ts';

interface Installable {
  executables: string[];
  debianPackages: string[];
  elsewhere: string;
}

const installables = {
  aria2: { executables: ['aria2c'], debianPackages: ['aria2'], elsewhere: 'brew install aria2' },
  nginx: { executables: ['nginx'], debianPackages: ['nginx'], elsewhere: 'brew install nginx' },
  promtool: { executables: ['promtool'], debianPackages: ['prometheus'], elsewhere: 'brew install prometheus' },
  bsdtar: { executables: ['bsdtar'], debianPackages: ['libarchive-tools'], elsewhere: 'brew install libarchive' },
  python3: { executables: ['python3'], debianPackages: ['python3'], elsewhere: 'brew install python3' },
  sevenzip: { executables: ['7zz'], debianPackages: ['7zip'], elsewhere: 'brew install sevenzip' },
  unzip: { executables: ['unzip'], debianPackages: ['unzip'], elsewhere: 'brew install unzip' },
  // Its xfs_io shuts down ext4 as well.
  xfsprogs: {
    executables: ['mkfs.xfs', 'xfs_io'],
    debianPackages: ['xfsprogs'],
    elsewhere: 'apt-get install xfsprogs',
  },
  wget: { executables: ['wget'], debianPackages: ['wget'], elsewhere: 'brew install wget' },
  'nats-server': {
    executables: ['nats-server'],
    debianPackages: ['nats-server'],
    elsewhere: 'brew install nats-server',
  },
  radosgw: {
    executables: ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'ceph-authtool', 'monmaptool'],
    debianPackages: ['radosgw', 'ceph-mon', 'ceph-osd'],
    elsewhere: 'brew install minio/stable/minio',
  },
  chromium: {
    executables: ['chromium'],
    debianPackages: ['chromium'],
    elsewhere: 'brew install --cask chromium',
  },
} satisfies Record<string, Installable>;

export type InstallableName = keyof typeof installables;

export function isInstalled(name: InstallableName): boolean {
  return installables[name].executables.every((executable) => findExecutable(executable));
}

/** Installs what is missing where that can be done unasked (Debian, as root); elsewhere says what to run. */
export async function ensureInstalled(names: InstallableName[], log: Log): Promise<void> {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const packages = missing.flatMap((name) => installables[name].debianPackages);
  const isDebian = existsSync('/etc/debian_version') && findExecutable('apt-get') !== undefined;
  if (!isDebian || process.getuid?.() !== 0) throw new Error(explain(missing, packages, isDebian));

  log(`installing ${packages.join(' ')} (apt-get) …`);
  await aptGet(['update']);
  await aptGet(['install', '-y', '--no-install-recommends', ...packages]);
  const stillMissing = names.filter((name) => !isInstalled(name));
  if (stillMissing.length > 0) throw new Error(`apt-get did not bring ${stillMissing.join(', ')}`);
}

async function aptGet(args: string[]): Promise<void> {
  const { http_proxy, https_proxy, no_proxy } = process.env;
  await runToEnd({
    name: `apt-get ${args[0]}`,
    command: 'apt-get',
    args: ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', ...args],
    env: { ...serverEnvironment(), DEBIAN_FRONTEND: 'noninteractive', http_proxy, https_proxy, no_proxy },
    log: () => {},
    timeoutMs: 20 * 60_000,
  });
}

function explain(missing: InstallableName[], packages: string[], isDebian: boolean): string {
  const names = missing.join(' and ');
  const command = isDebian
    ? `sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`
    : missing.map((name) => installables[name].elsewhere).join(' && ');
  return `${names} not found on this machine. Install with:\n  ${command}`;
}
