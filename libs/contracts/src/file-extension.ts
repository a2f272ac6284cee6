/**
 * The extension of a file's name: lower case without the dot, empty where the name has none. Spaces and dots at the end do not
 * count: Windows keeps none of them.
 */
export function extensionOf(name: string): string {
  const whole = withoutTail(name);
  const dot = whole.lastIndexOf('.');
  return dot > 0
    ? whole
        .slice(dot + 1)
        .trim()
        .toLowerCase()
    : '';
}

/** By a loop: a pattern that ends in `+$` takes time by the square of the length. */
function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && /[.\s]/.test(name.charAt(end - 1))) end--;
  return name.slice(0, end);
}
