/** Whether a pattern of NATS takes a subject. */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, each] of wanted.entries()) {
    if (each === '>') return tokens.length > index;
    if (each !== '*' && each !== tokens[index]) return false;
    if (tokens[index] === undefined) return false;
  }
  return wanted.length === tokens.length;
}
