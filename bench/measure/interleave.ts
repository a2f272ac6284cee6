/**
 * The order in which contestants take their turns: A B C, then C B A, and so on. What changes slowly, such as what
 * else the machine does, then meets all of them alike.
 */
export function* interleave<Name>(names: readonly Name[], repeats: number): Generator<{ name: Name; repeat: number }> {
  for (let repeat = 0; repeat < repeats; repeat++) {
    const turn = repeat % 2 === 0 ? names : [...names].reverse();
    for (const name of turn) yield { name, repeat };
  }
}
