import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KubernetesObject } from './kubernetes.ts';

const root = path.resolve(import.meta.dirname, '../..');
const cache = path.join(root, 'node_modules/.cache');

/** Where the published schema of a kind is. */
function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  const group = apiVersion.split('/')[0] as string;
  const packages: Record<string, string> = {
    'keda.sh': '@kubernetes-models/keda',
    'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
    'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
    'external-secrets.io': '@kubernetes-models/external-secrets',
  };
  return `${packages[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/**
 * What is wrong with objects by the schemas of their kinds, one line each; empty when nothing is. The schemas judge values, and leave fields
 * alone that they do not know; the types that are published with them refuse those.
 */
export async function checkManifests(all: KubernetesObject[]): Promise<string[]> {
  const problems: string[] = [];
  // Overlays over one another have most in common.
  const objects = [...new Map(all.map((object) => [JSON.stringify(object), object])).values()];
  for (const object of objects) {
    const { [object.kind]: Model } = await import(moduleOf(object));
    try {
      new Model(object).validate();
    } catch (error) {
      problems.push(`${object.kind} ${object.metadata.name}: ${(error as Error).message}`);
    }
  }
  return [...problems, ...unknownFields(objects)];
}

function unknownFields(objects: KubernetesObject[]): string[] {
  const file = path.join(cache, `manifests-${process.pid}.ts`);
  const lines = objects.map((object, index) => {
    const type = `import(${JSON.stringify(moduleOf(object))}).I${object.kind}`;
    return `export const object${index}: ${type} = ${JSON.stringify(object)};`;
  });
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
  const flags = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2023',
  ];
  try {
    execFileSync(path.join(root, 'node_modules/.bin/tsc'), [...flags, file], { encoding: 'utf8', cwd: root });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: string };
    return stdout
      .trim()
      .split('\n')
      .map((line) => nameObject(line, objects));
  } finally {
    rmSync(file);
  }
}

/** A line of the file is an object. */
function nameObject(line: string, objects: KubernetesObject[]): string {
  const [, number] = /\((\d+),\d+\)/.exec(line) ?? [];
  const object = objects[Number(number) - 1];
  return object ? `${object.kind} ${object.metadata.name}: ${line.replace(/^.*?: error /, '')}` : line;
}
