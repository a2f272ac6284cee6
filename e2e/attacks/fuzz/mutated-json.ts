import fc from 'fast-check';

type Path = readonly (string | number)[];

/** Values that code tends to trust: of another type, at the ends of a range, or with a meaning somewhere else. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\u202egpj.exe',
    '../../canary',
    '/etc/hostname',
    'files/../../canary',
    '..\\..\\canary',
    '__proto__',
    'constructor',
    '%2e%2e%2f',
    '%',
    "' or 1=1 --",
    '\r\nX-Injected: yes',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:60.000Z',
    '2026-01-31T12:00:00.000000000000000000Z',
    '-1',
    '1e400',
    '999999999999999999999',
    'NaN',
    '01936f2e-8a3b-4c4d-9e5f-0123456789ab',
    '00000000-0000-7000-8000-000000000000',
    '*/*',
    '>',
    'x'.repeat(300),
    'я'.repeat(20_000),
  ),
  fc.string(),
  fc.string({ unit: 'binary' }),
);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e308, 2 ** 53, -(2 ** 53), 2 ** 31, [], {}, [[]]),
  fc.constant(JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}')),
  fc.integer({ min: 30, max: 200 }).map(nested),
  fc.jsonValue(),
);

/** `value`, a few places of which were replaced, removed or added to. */
function mutatedJson(value: unknown): fc.Arbitrary<unknown> {
  const change = fc.record({ at: fc.nat(), kind: fc.constantFrom('replace', 'remove', 'add'), value: hostileValue });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) =>
    changes.reduce<unknown>((current, { at, kind, value: hostile }) => {
      const paths = pathsOf(current);
      return changed(current, paths[at % paths.length] as Path, kind, hostile);
    }, value),
  );
}

/** The bytes of a mutated value, or bytes that are no JSON at all, or no text. */
export function mutatedJsonBytes(value: unknown): fc.Arbitrary<Buffer> {
  const whole = Buffer.from(JSON.stringify(value));
  const cut = fc.nat(whole.length - 1).map((length) => whole.subarray(0, length));
  const spoiled = fc
    .tuple(fc.nat(whole.length), fc.uint8Array({ minLength: 1, maxLength: 4 }))
    .map(([at, bytes]) => Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at)]));
  const deep = fc
    .constantFrom('[', '{"a":', '[{"metadata":')
    .map((opening) => Buffer.from(opening.repeat(Math.ceil(10_000 / opening.length))));
  const invalidUtf8 = fc.constantFrom('c0af', 'eda080', 'f8888080', 'ff').map((hex) => {
    const text = whole.toString('latin1');
    return Buffer.from(text.replace(/"[a-z]/, `"${Buffer.from(hex, 'hex').toString('latin1')}`), 'latin1');
  });
  return fc.oneof(
    { weight: 8, arbitrary: mutatedJson(value).map((mutated) => Buffer.from(JSON.stringify(mutated))) },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: spoiled },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: invalidUtf8 },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  );
}

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || path.length > 8) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function changed(value: unknown, [key, ...rest]: Path, kind: string, hostile: unknown): unknown {
  if (key === undefined) {
    if (kind !== 'add' || typeof value !== 'object' || value === null) return hostile;
    return Array.isArray(value)
      ? [...value, hostile]
      : withKey(value, typeof hostile === 'string' ? hostile : 'more', 1);
  }
  const inner = (value as Record<string, unknown>)[key];
  if (rest.length === 0 && kind === 'remove') {
    return Object.fromEntries(Object.entries(value as object).filter(([each]) => each !== key));
  }
  return withKey(value as object, String(key), changed(inner, rest, kind, hostile));
}

/** Defined, not assigned: `__proto__` shall stand in the text. */
function withKey(value: object, key: string, inner: unknown): object {
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as object;
  return Object.defineProperty(copy, key, { value: inner, enumerable: true, configurable: true, writable: true });
}
