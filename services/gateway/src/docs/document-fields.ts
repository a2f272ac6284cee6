import 'zod-openapi';
import type { z } from 'zod';

/** What a reader of the API reference is told of a field. */
export interface FieldNote {
  description: string;
  example: unknown;
}

/**
 * The fields of a contract with their notes; a field without one does not compile.
 * What has to be given carries its example where Swagger UI fills it in. What may be left out keeps it where it is only
 * shown: a request that begins with a filter, a digest or an expiry would do what nobody asked for.
 */
export function documentFields<Shape extends z.ZodRawShape>(
  shape: Shape,
  notes: { [Name in keyof Shape]: FieldNote },
): Shape {
  const documented = Object.entries(shape).map(([name, field]) => {
    const schema = field as z.ZodType;
    const { description, example } = notes[name] as FieldNote;
    const isOptional = schema.safeParse(undefined).success;
    // By override: zod drops examples of what it transforms, here text that becomes a number or a time.
    return [name, schema.meta({ description, override: isOptional ? { examples: [example] } : { example } })];
  });
  return Object.fromEntries(documented) as Shape;
}
