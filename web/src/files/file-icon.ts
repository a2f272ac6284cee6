import type { IconName } from '../parts/icon.tsx';

const families: [prefix: string, icon: IconName][] = [
  ['image/', 'image'],
  ['video/', 'video'],
  ['audio/', 'sound'],
  ['text/', 'text'],
  ['application/pdf', 'text'],
  ['application/zip', 'archive'],
  ['application/gzip', 'archive'],
];

export function iconOf(contentType: string): IconName {
  return families.find(([prefix]) => contentType.startsWith(prefix))?.[1] ?? 'file';
}
