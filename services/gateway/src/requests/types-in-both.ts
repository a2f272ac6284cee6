/**
 * The types that are in both of two lists, in which `image/*` stands for all images, and an empty list for all types. Undefined where there is
 * none: an empty list would be all.
 */
export function typesInBoth(one: readonly string[], other: readonly string[]): string[] | undefined {
  if (one.length === 0 || other.length === 0) return [...one, ...other];
  const pairs = one.flatMap((each) => other.map((wanted) => narrower(each.toLowerCase(), wanted.toLowerCase())));
  const types = [...new Set(pairs.filter((type) => type !== undefined))];
  return types.length === 0 ? undefined : types;
}

function narrower(one: string, other: string): string | undefined {
  if (one === other || isWithin(one, other)) return one;
  return isWithin(other, one) ? other : undefined;
}

function isWithin(type: string, family: string): boolean {
  return family.endsWith('/*') && type.startsWith(family.slice(0, -1));
}
