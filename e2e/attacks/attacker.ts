import type { Target } from './attack.ts';
import { attacks } from './attacks.ts';

/** The process of one attack: prints what did not hold, as JSON, in its last line. */
const { name, seconds, target } = JSON.parse(process.argv[2] as string) as {
  name: string;
  seconds: number;
  target: Target;
};
const attack = attacks.find((each) => each.name === name);
if (!attack) throw new Error(`there is no attack ${name}`);
// A timer of its own, which keeps the process alive.
const time = new AbortController();
setTimeout(() => time.abort(), seconds * 1000);
const faults = await attack.run(target, time.signal);
process.stdout.write(`${JSON.stringify(faults)}\n`, () => process.exit(0));
