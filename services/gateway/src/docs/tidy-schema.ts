import { z } from 'zod';
import type { CreateDocumentOptions } from 'zod-openapi';

/**
 * What zod says of a schema, in the words of an API: numbers in addresses and forms are numbers although they travel as
 * text, and what Wharf sends may gain fields without breaking those who check it.
 */
export const tidySchema: NonNullable<CreateDocumentOptions['override']> = ({ zodSchema, jsonSchema, io }) => {
  const { def } = zodSchema._zod;
  if (io === 'input' && def.type === 'pipe' && def.out._zod.def.type === 'number') {
    delete jsonSchema.pattern;
    const { $schema: _, ...number } = z.toJSONSchema(def.out);
    Object.assign(jsonSchema, number);
  }
  if (io === 'output' && def.type === 'object') delete jsonSchema.additionalProperties;
  // The format says it; the pattern is a screen long.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
};
