import { essenceOf, isAllowedType, requireAllowedType } from './detect-content-type.js';
import { typeOfExtension } from './named-type.js';

/**
 * Refuses a file of which not a byte was seen, where all that is told of it, its declared type and its extension, is of types that are not taken.
 * Of whom nothing is told the bytes decide. Throws `content_type_not_allowed`.
 */
export function refuseToldType(
  { declaredType, extension }: { declaredType: string | undefined; extension: string },
  allowed: readonly string[],
): void {
  const told = [
    essenceOf(declaredType),
    typeOfExtension(extension, true, undefined),
    typeOfExtension(extension, false, undefined),
  ];
  const types = told.filter((type) => type !== undefined);
  const [first] = types;
  if (first !== undefined && !types.some((type) => isAllowedType(type, allowed))) requireAllowedType(first, allowed);
}
