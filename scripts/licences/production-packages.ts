import satisfies from 'spdx-satisfies';

/** As npm writes it: an entry of each package names the licence of its `package.json`. */
export interface Lockfile {
  packages: Record<string, { license?: string; version?: string; dev?: boolean; link?: boolean }>;
}

interface Package {
  /** With its version. */
  name: string;
  /** An SPDX expression; undefined where the package names none. */
  licence: string | undefined;
}

/** Whoever gets Wharf may do with these packages what Wharf's own licence permits. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];

/** Packages whose `package.json` names no licence, and where they do. */
const namedElsewhere: Record<string, string> = {
  // In its readme.
  'combine-errors@3.0.3': 'MIT',
};

/** What the workspaces depend on at run time, on any platform; what only builds and tests need is left out, and so are the workspaces. */
export function productionPackages({ packages }: Lockfile): Package[] {
  return Object.entries(packages)
    .filter(([place, { dev, link }]) => place.includes('node_modules/') && !dev && !link)
    .map(([place, { license, version }]) => {
      const name = `${place.split('node_modules/').at(-1)}@${version}`;
      return { name, licence: license ?? namedElsewhere[name] };
    })
    .sort((one, other) => one.name.localeCompare(other.name));
}

export function findRefused(packages: readonly Package[]): Package[] {
  return packages.filter(({ licence }) => !isPermissive(licence));
}

function isPermissive(licence: string | undefined): boolean {
  try {
    return licence !== undefined && satisfies(licence, permissive);
  } catch {
    // No SPDX expression, such as `SEE LICENSE IN …`.
    return false;
  }
}
