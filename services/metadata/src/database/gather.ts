import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Asks for many keys at once what is asked for one at a time: the questions that came by the same read of a socket share one
 * statement, since at this rate sending and receiving are what costs. A question that comes alone is asked alone, and none
 * waits for another's answer. Resolves to undefined where `ask` finds nothing; a failure is everybody's who took part.
 */
export function gather<Key, Value>(
  ask: (keys: Key[]) => Promise<Map<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let keys: Key[] = [];
  let answer: Promise<Map<Key, Value>> | undefined;
  return async (key) => {
    keys.push(key);
    answer ??= nextTurn().then(() => {
      const asked = keys;
      keys = [];
      answer = undefined;
      return ask(asked);
    });
    return (await answer).get(key);
  };
}
